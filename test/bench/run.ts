import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { runNode } from '../cluster/command.ts'
import { timedProgress } from '../cluster/progress.ts'
import { endWith } from '../cluster/set-up-failed.ts'
import { openKubernetes } from '../e2e/kubernetes.ts'
import { prepare, prepareFlags, prepareOptions } from '../e2e/prepare.ts'
import { type Arena, openArena } from './arena.ts'
import { measureBackup } from './backup.ts'
import { measureCreate } from './create.ts'
import { measureCrowd } from './crowd.ts'
import { type Figure, markdownTable } from './figures.ts'
import { measureFleet } from './fleet/measure.ts'
import { measureEncryptedFleet } from './fleet/measure-encrypted.ts'
import { measureHeal } from './heal.ts'
import { measureQuiet } from './quiet.ts'
import { measureRestore } from './restore.ts'
import { measureRoll } from './roll.ts'
import { measureScale } from './scale.ts'
import { measureStart } from './start.ts'
import { measureTls } from './tls.ts'
import { measureTwoVoters } from './two-voters.ts'
import { measureUnderClient } from './under-client.ts'
import { measureVolumes } from './volumes.ts'

/**
 * `npm run bench [-- PART ...]`: figures as ratios of what the same machine does at the same time without the operator.
 * `npm run bench -- fleet [CLUSTERS [tls]]` stands alone: it has an API server of its own and needs no nodes.
 * Markdown on standard output, progress on standard error; ends with 1 when a limit was not held.
 */
const parts: Readonly<Record<string, (arena: Arena) => Promise<readonly Figure[]>>> = {
  create: measureCreate,
  scale: measureScale,
  voters: measureTwoVoters,
  client: measureUnderClient,
  crowd: measureCrowd,
  quiet: measureQuiet,
  start: measureStart,
  backup: measureBackup,
  restore: measureRestore,
  heal: measureHeal,
  roll: measureRoll,
  volumes: measureVolumes,
  tls: measureTls,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    ...prepareFlags,
  },
})

await main().catch(endWith)

async function main(): Promise<void> {
  const [first, clusters = '1000', ...more] = positionals
  if (first === 'fleet') return benchFleet(clusters, more)
  const wanted = positionals.length === 0 ? Object.keys(parts) : positionals
  const unknown = wanted.filter((name) => !(name in parts))
  if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
  const progress = timedProgress()
  const info = await prepare({ progress, ...prepareOptions(values) })
  if (wanted.includes('start') || wanted.includes('backup')) await buildBundle()

  const k8s = openKubernetes(info)
  const figures: Figure[] = []
  try {
    const arena = await openArena(k8s, Number(values.rounds), progress)
    for (const name of wanted) figures.push(...((await parts[name]?.(arena)) ?? []))
    await k8s.kubectl(['delete', 'namespace', arena.namespace, '--wait=false'])
  } finally {
    await k8s.close()
  }
  process.stdout.write(`${heading(wanted)}\n\n${markdownTable(figures)}\n`)
  if (figures.some(({ holds }) => !holds)) process.exitCode = 1
}

async function benchFleet(clusters: string, more: readonly string[]): Promise<void> {
  const isEncrypted = more[0] === 'tls'
  if (!/^[1-9]\d{0,3}$/.test(clusters) || more.length > (isEncrypted ? 1 : 0))
    throw new Error('fleet takes the number of clusters, at most 9999, then "tls" for their memory with TLS, and no other part')
  await buildBundle()
  const figures = await (isEncrypted ? measureEncryptedFleet : measureFleet)(Number(clusters), timedProgress())
  process.stdout.write(`\`npm run bench -- fleet ${[clusters, ...more].join(' ')}\`; ${machine()}.\n\n${markdownTable(figures)}\n`)
  if (figures.some(({ holds }) => !holds)) process.exitCode = 1
}

function heading(wanted: readonly string[]): string {
  const command = wanted.length === Object.keys(parts).length ? 'npm run bench' : `npm run bench -- ${wanted.join(' ')}`
  return `\`${command}\`, ${values.rounds} rounds, medians with the fastest and the slowest round; ${machine()}.`
}

function machine(): string {
  const date = new Date().toISOString().slice(0, 10)
  return `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${date}`
}

async function buildBundle(): Promise<void> {
  const code = await runNode(['scripts/build.ts'], { quiet: true })
  if (code !== 0) throw new Error(`the bundle was not built (exit code ${code})`)
}
