import { readFileSync } from 'node:fs'
import { ETCD_CLUSTER } from '../../../src/adapters/kube/kinds.ts'
import type { EtcdCluster } from '../../../src/api/etcd-cluster.ts'
import { until } from '../../cluster/command.ts'
import type { Progress } from '../../cluster/progress.ts'
import { timed } from '../arena.ts'
import { type Figure, limitFigure } from '../figures.ts'
import { type Fleet, openFleet } from './fleet.ts'
import { clusterName, fleetNamespace } from './names.ts'
import type { OperatorProcess } from './operator-process.ts'

const restMs = 60_000
const settleMs = 25_000
const roundMs = 40_000
const passesOk = 'etcd_operator_pass_duration_seconds_count{controller="cluster",result="ok"}'

/** Many formed clusters on two replicas of the operator, which are the only ones that are measured. */
export async function measureFleet(count: number, progress: Progress): Promise<readonly Figure[]> {
  const fleet = await openFleet(count, progress)
  try {
    const { operator: leader, ms: lookedMs } = await untilAllLookedAt(fleet, () => fleet.startOperator('leader', heapFor(count)))
    progress(`all were looked at after ${(lookedMs / 1000).toFixed(1)} s`)
    const standby = await fleet.startOperator('standby', heapFor(count))
    // The first passes may have written something, and V8 gives memory back late.
    await rest(settleMs)
    const atRest = await measureRest(fleet, leader, standby)
    progress(`at rest: ${JSON.stringify(atRest)}`)
    const changes = await measureChanges(fleet)
    progress(`changes: ${JSON.stringify(changes)}`)
    await rest(5_000)
    const whole = await measureWholeWay(fleet, count)
    progress(`new clusters: ${(whole.ms / 1000).toFixed(1)} s`)
    const rounds = await measureSilent(fleet)
    progress(`rounds: ${JSON.stringify(rounds)}`)
    const { peak } = leader.residentMiB()
    const requests = `${atRest.requests} in ${restMs / 1000} s: ${atRest.kinds}`
    return [
      limitFigure(`${count} clusters: start of the operator until each was looked at`, lookedMs / 1000, 's', 60),
      hundredths(`${count} clusters at rest: cores`, atRest.cores, '', 0.25, `standby ${atRest.standbyCores.toFixed(3)}`),
      limitFigure(
        `${count} clusters at rest: resident memory`,
        atRest.memory,
        'MiB',
        300,
        `at most ${Math.round(peak)} MiB until the end; standby ${Math.round(atRest.standbyMemory)} MiB`,
      ),
      hundredths(
        `${count} clusters at rest: CPU of a pass, with all that the process does beside`,
        atRest.passMs,
        'ms',
        1,
        `${atRest.passes} passes`,
      ),
      limitFigure(
        `${count} clusters at rest: API requests of both replicas in a minute`,
        (atRest.requests * 60_000) / restMs,
        '',
        40,
        requests,
      ),
      limitFigure(
        'a change of one spec until the status says that it was seen, p99',
        changes.p99,
        'ms',
        1_000,
        `median ${Math.round(changes.median)} ms, ${changes.count} changes`,
      ),
      limitFigure(`${whole.count} new clusters at once until all are Ready`, whole.ms / 1000, 's', 60),
      hundredths(
        `longest round over the healthy clusters, ${rounds.silent} others with a silent member, against without`,
        rounds.healthyMs / rounds.calmMs,
        'x',
        1.1,
        `${seconds(rounds.healthyMs)} against ${seconds(rounds.calmMs)}`,
      ),
      hundredths(
        'longest round over all, the same',
        rounds.allMs / rounds.calmMs,
        'x',
        1.1,
        `${seconds(rounds.allMs)} against ${seconds(rounds.calmMs)}`,
      ),
    ]
  } finally {
    await fleet.cleanUp()
  }
}

/** What docs/performance.md says: up to 200 clusters as it is deployed. */
function heapFor(count: number): { readonly heapMiB?: number } {
  return count <= 200 ? {} : { heapMiB: 224 }
}

/** From the start of the process on. */
async function untilAllLookedAt(fleet: Fleet, start: () => Promise<OperatorProcess>) {
  await fleet.standIn.looks()
  const seen = new Set<string>()
  const begin = performance.now()
  const operator = await start()
  await until('every cluster was looked at', 120_000, async () => {
    for (const name of Object.keys(await fleet.standIn.looks())) seen.add(name)
    return seen.size >= fleet.names.length ? true : undefined
  })
  return { operator, ms: performance.now() - begin }
}

async function measureRest(fleet: Fleet, leader: OperatorProcess, standby: OperatorProcess) {
  const before = { cpu: leader.cpuSeconds(), standby: standby.cpuSeconds(), passes: await leader.metric(passesOk) }
  const requestsBefore = auditedRequests(fleet).length
  await rest(restMs)
  const requests = auditedRequests(fleet).slice(requestsBefore)
  const cpu = leader.cpuSeconds() - before.cpu
  const passes = (await leader.metric(passesOk)) - before.passes
  return {
    cores: (cpu * 1000) / restMs,
    standbyCores: ((standby.cpuSeconds() - before.standby) * 1000) / restMs,
    memory: leader.residentMiB().now,
    standbyMemory: standby.residentMiB().now,
    passMs: (cpu * 1000) / passes,
    passes,
    requests: requests.length,
    kinds: tally(requests),
  }
}

/** One after the other at any moment, from the reply to the change until a watch sees its effect. */
async function measureChanges(fleet: Fleet) {
  const signal = new AbortController().signal
  const watching = new AbortController()
  const { resourceVersion } = await fleet.kube.list(ETCD_CLUSTER, { namespace: fleetNamespace, limit: 1 }, signal)
  const waiting = new Map<string, { generation: number; seen: () => void }>()
  const watch = async () => {
    let version = resourceVersion
    while (!watching.signal.aborted) {
      for await (const event of fleet.kube.watch<EtcdCluster>(ETCD_CLUSTER, { namespace: fleetNamespace }, version, watching.signal)) {
        if (event.type === 'bookmark') version = event.resourceVersion
        if (event.type !== 'modified') continue
        const { metadata, status } = event.object
        version = metadata.resourceVersion
        const wanted = waiting.get(metadata.name)
        if (wanted !== undefined && (status?.observedGeneration ?? 0) >= wanted.generation) wanted.seen()
      }
    }
  }
  const watched = watch().catch(() => {})
  const times: number[] = []
  const sample = spread(fleet.names, 100)
  for (const paused of [true, false]) {
    for (const name of sample) {
      const seen = Promise.withResolvers<void>()
      const ref = { namespace: fleetNamespace, name }
      const begin = performance.now()
      const { metadata } = await fleet.kube.patch(ETCD_CLUSTER, ref, { spec: { paused } }, signal)
      waiting.set(name, { generation: metadata.generation ?? 0, seen: seen.resolve })
      const current = await fleet.kube.get(ETCD_CLUSTER, ref, signal)
      if ((current?.status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)) seen.resolve()
      await Promise.race([seen.promise, rest(20_000)])
      times.push(performance.now() - begin)
      waiting.delete(name)
    }
  }
  watching.abort()
  await watched
  const sorted = times.toSorted((a, b) => a - b)
  return { count: times.length, median: sorted[Math.floor(times.length / 2)] ?? 0, p99: sorted[Math.ceil(times.length * 0.99) - 1] ?? 0 }
}

/** Clusters that the operator forms from the EtcdCluster on, while it looks after all others. */
async function measureWholeWay(fleet: Fleet, count: number) {
  const names = Array.from({ length: 20 }, (_, index) => clusterName(count + index))
  const ms = await timed(async () => {
    await fleet.create(names)
    await fleet.untilReady(names, 120)
  })
  return { count: names.length, ms }
}

/** The longest time between two looks at a cluster, before and while one member in each tenth cluster hangs. */
async function measureSilent(fleet: Fleet) {
  const calmMs = longest(await looksFor(fleet, roundMs), fleet.names)
  const silent = spread(fleet.names, Math.ceil(fleet.names.length / 10))
  await fleet.standIn.silence(silent.map((name) => `${name}-1`))
  await rest(5_000)
  const looks = await looksFor(fleet, roundMs)
  const isSilent = new Set(silent)
  return {
    silent: silent.length,
    calmMs,
    healthyMs: longest(
      looks,
      fleet.names.filter((name) => !isSilent.has(name)),
    ),
    allMs: longest(looks, fleet.names),
  }
}

interface Window {
  readonly from: number
  readonly to: number
  readonly looks: Readonly<Record<string, readonly number[]>>
}

async function looksFor(fleet: Fleet, ms: number): Promise<Window> {
  await fleet.standIn.looks()
  const from = Date.now()
  await rest(ms)
  return { from, to: Date.now(), looks: await fleet.standIn.looks() }
}

/** Between two looks at the same cluster; a cluster that wasn't looked at at all counts with the whole window. */
function longest({ from, to, looks }: Window, names: readonly string[]): number {
  return Math.max(
    ...names.map((name) => {
      const times = [from, ...(looks[name] ?? []), to]
      return Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? 0)))
    }),
  )
}

interface AuditedRequest {
  readonly verb: string
  readonly resource: string
}

function auditedRequests(fleet: Fleet): readonly AuditedRequest[] {
  const lines = readFileSync(fleet.server.auditLog, 'utf8').split('\n')
  // The last line may be half written.
  return lines.slice(0, -1).map((line) => {
    const { verb, objectRef } = JSON.parse(line) as { verb: string; objectRef?: { resource?: string; subresource?: string } }
    return { verb, resource: [objectRef?.resource, objectRef?.subresource].filter(Boolean).join('/') }
  })
}

function tally(requests: readonly AuditedRequest[]): string {
  const counts = new Map<string, number>()
  for (const { verb, resource } of requests) {
    const what = verb === 'watch' ? 'watches' : `${verb} ${resource}`
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  return [...counts].map(([what, many]) => `${many} ${what}`).join(', ')
}

/** So many of them, evenly spread. */
function spread(names: readonly string[], wanted: number): readonly string[] {
  const count = Math.min(wanted, names.length)
  return Array.from({ length: count }, (_, index) => names[Math.floor((index * names.length) / count)] ?? '')
}

function hundredths(what: string, value: number, unit: string, most: number, detail: string): Figure {
  return {
    what,
    measured: `**${`${value.toFixed(2)} ${unit}`.trim()}** (${detail})`,
    limit: `at most ${most} ${unit}`.trim(),
    holds: value <= most,
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
