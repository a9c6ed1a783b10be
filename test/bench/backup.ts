import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BackupTask } from '../../src/model/agent/task.ts'
import { fill } from '../client/filler.ts'
import { etcdBinary } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { run } from '../cluster/command.ts'
import { eventually, type MemberProcess, startEtcdProcesses } from '../contract/etcd-processes.ts'
import { etcdVersion } from '../e2e/cluster-handle.ts'
import type { Arena } from './arena.ts'
import { type Figure, limitFigure, ratioFigure } from './figures.ts'

const agent = join(import.meta.dirname, '..', '..', 'dist', 'agent.cjs')
const gib = 1024 ** 3
const sizes = [1, 4] as const

/**
 * The agent as its Job runs it, against `etcdctl snapshot save` of the same member into the same folder, in turns. Processes on
 * this machine, so that no start of a pod is in it.
 */
export async function measureBackup(arena: Arena): Promise<readonly Figure[]> {
  await ensureBinaries([`etcd-${etcdVersion}/etcdctl`], { progress: arena.progress })
  const etcd = await startEtcdProcesses(etcdVersion)
  const volume = mkdtempSync(join(tmpdir(), 'etcd-bench-'))
  try {
    const [member] = await etcd.bootstrap(1, { quotaBackendBytes: 8 * gib })
    if (member === undefined) throw new Error('no member')
    await eventually('the member answers', () => etcdctl(member, 'endpoint', 'health'))
    const figures: Figure[] = []
    let filledGib = 0
    for (const size of sizes) {
      arena.progress(`filling an etcd with ${size} GiB`)
      await fill({ address: new URL(member.endpoint.url).host, bytes: (size - filledGib) * gib, prefix: `${size}/` })
      filledGib = size
      figures.push(...(await compare(arena, member, volume, size)))
    }
    return figures
  } finally {
    await etcd.cleanUp()
    rmSync(volume, { recursive: true, force: true })
  }
}

async function compare(arena: Arena, member: MemberProcess, volume: string, size: number): Promise<readonly Figure[]> {
  const byHand: number[] = []
  const streamed: number[] = []
  const verified: number[] = []
  let maxBytes = 0
  for (let round = 1; round <= arena.rounds; round++) {
    byHand.push(await saveByHand(member, join(volume, 'by-hand.db')))
    const taken = await backUp(member, volume)
    streamed.push(taken.totalMs - taken.verifyMs)
    verified.push(taken.totalMs)
    maxBytes = Math.max(maxBytes, taken.residentBytes)
    rmSync(volume, { recursive: true, force: true })
    mkdirSync(volume)
    arena.progress(
      `backup of ${size} GiB, round ${round}: ${taken.totalMs.toFixed(0)} ms, of which ${taken.verifyMs} ms reading back; by hand ${byHand.at(-1)?.toFixed(0)} ms`,
    )
  }
  return [
    ratioFigure(`backup of ${size} GiB without reading it back, against etcdctl snapshot save`, streamed, byHand, 1.5),
    ratioFigure(`backup of ${size} GiB, read back and verified, against the same`, verified, byHand, 2),
    limitFigure(`resident memory of the agent, ${size} GiB`, maxBytes / 2 ** 20, 'MiB', 120),
  ]
}

async function saveByHand(member: MemberProcess, file: string): Promise<number> {
  const begin = performance.now()
  await etcdctl(member, 'snapshot', 'save', file)
  return performance.now() - begin
}

function etcdctl(member: MemberProcess, ...args: readonly string[]): Promise<string> {
  return run(etcdBinary(etcdVersion, 'etcdctl'), [`--endpoints=${member.endpoint.url}`, ...args])
}

interface Taken {
  /** From the start of the process to its end. */
  readonly totalMs: number
  readonly verifyMs: number
  readonly residentBytes: number
}

async function backUp(member: MemberProcess, volume: string): Promise<Taken> {
  // By its text: the ID has more digits than a JSON number keeps here.
  const clusterId = /"cluster_id":(\d+)/.exec(await etcdctl(member, 'endpoint', 'status', '--write-out=json'))?.[1] ?? ''
  const task: BackupTask = {
    do: 'backup',
    backup: { namespace: 'bench', name: 'ours', uid: crypto.randomUUID(), startTime: new Date().toISOString() },
    cluster: { name: 'ours', uid: crypto.randomUUID(), spec: {} },
    clusterId: BigInt(clusterId).toString(16),
    endpoints: [{ member: member.name, url: member.endpoint.url }],
    location: 'ours.db',
  }
  const result = join(volume, 'result.json')
  const begin = performance.now()
  const child = spawn(process.execPath, ['--optimize-for-size', agent, 'backup'], {
    env: {
      AGENT_TASK: JSON.stringify(task),
      TERMINATION_LOG: result,
      AGENT_BACKUPS: volume,
      MALLOC_ARENA_MAX: '1',
      NODE_OPTIONS: '--max-old-space-size=64',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const residentBytes = await peakUntilExit(child)
  const totalMs = performance.now() - begin
  const { verifyMs, ...rest } = JSON.parse(readFileSync(result, 'utf8'))
  if (rest.result !== 'BackedUp') throw new Error(`the agent says ${JSON.stringify(rest)}`)
  return { totalMs, verifyMs, residentBytes }
}

/** The kernel keeps the peak itself (VmHWM), so a look now and then misses nothing but the last moment. */
function peakUntilExit(child: ChildProcess): Promise<number> {
  let peak = 0
  const look = () => {
    try {
      const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
      peak = Math.max(peak, Number(kib ?? 0) * 1024)
    } catch {
      // It has ended.
    }
  }
  const timer = setInterval(look, 20)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', () => {
      clearInterval(timer)
      resolve(peak)
    })
  })
}
