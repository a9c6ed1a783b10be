import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureBinaries, etcdBinary } from '../cluster/binaries.ts'
import { timedProgress } from '../cluster/progress.ts'
import { eventually, startEtcdProcesses } from '../contract/etcd-processes.ts'
import { openGateway } from '../contract/json-gateway.ts'
import { limitFigure, markdownTable, ratioFigure } from './figures.ts'

/**
 * `node test/bench/snapshot-reading.ts [--gib 1]`: what the agent needs to read a snapshot whole, against `sha256sum` of the
 * same file. Needs no cluster. Ends with 1 when a limit was not held.
 */
const { values } = parseArgs({ options: { gib: { type: 'string', default: '1' }, rounds: { type: 'string', default: '3' } } })
const version = '3.6.16'
const progress = timedProgress()
const folder = mkdtempSync(join(tmpdir(), 'snapshot-bench-'))

try {
  const path = await aSnapshotOf(Number(values.gib) * 2 ** 30)
  const bytes = statSync(path).size
  progress(`${(bytes / 2 ** 30).toFixed(2)} GiB written`)
  const rounds = Array.from({ length: Number(values.rounds) }, () => ({ sha256sum: timed(path), agent: readOnce(path) }))
  const what = `reading a snapshot of ${(bytes / 2 ** 30).toFixed(2)} GiB`
  const figures = [
    ratioFigure(
      `${what}, against sha256sum`,
      rounds.map(({ agent }) => agent.ms),
      rounds.map(({ sha256sum }) => sha256sum),
      1.5,
    ),
    limitFigure(`${what}: resident memory`, Math.max(...rounds.map(({ agent }) => agent.maxRssBytes)) / 1e6, 'MB', 120),
  ]
  process.stdout.write(`${markdownTable(figures)}\n`)
  if (figures.some(({ holds }) => !holds)) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function aSnapshotOf(bytes: number): Promise<string> {
  await ensureBinaries([`etcd-${version}/etcdctl`], { progress })
  const processes = await startEtcdProcesses(version)
  try {
    const settings = { quotaBackendBytes: 4 * bytes, extraArgs: { 'max-txn-ops': '1000' } }
    const [member] = await processes.bootstrap(1, settings)
    if (member === undefined) throw new Error('no member')
    const etcd = openGateway(member.endpoint.url)
    await eventually('it serves', () => etcd.countKeys())
    const value = 'v'.repeat(1024)
    for (let batch = 0; batch * 1000 * value.length < bytes; batch++)
      await etcd.txn(Array.from({ length: 1000 }, (_, index) => ({ put: `/bench/${batch}/${index}`, value })))
    const path = join(folder, 'bench.db')
    execFileSync(etcdBinary(version, 'etcdctl'), ['--endpoints', member.endpoint.url, 'snapshot', 'save', path], { stdio: 'ignore' })
    return path
  } finally {
    await processes.cleanUp()
  }
}

/** Milliseconds. */
function timed(path: string): number {
  const start = performance.now()
  execFileSync('sha256sum', [path])
  return performance.now() - start
}

/** In a process of its own, as the agent is. */
function readOnce(path: string): { readonly ms: number; readonly maxRssBytes: number } {
  return JSON.parse(execFileSync(process.execPath, [join(import.meta.dirname, 'read-once.ts'), path], { encoding: 'utf8' }))
}
