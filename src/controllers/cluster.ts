import { applyAll } from '../act/cluster/apply.ts'
import { followDeletionPolicy } from '../act/cluster/deletion-policy.ts'
import { perform, rememberDone, steps } from '../act/cluster/steps.ts'
import { type StepDecision, type StepOutcome, takeStep } from '../act/cluster/take-step.ts'
import { publishStatus } from '../act/publish-status.ts'
import { refused } from '../act/refused.ts'
import { ETCD_CLUSTER } from '../adapters/kube/kinds.ts'
import type { EtcdCluster, EtcdClusterStatus } from '../api/etcd-cluster.ts'
import type { ClusterView } from '../model/cluster/view.ts'
import { rfc3339 } from '../model/rfc3339.ts'
import { ClusterMemory } from '../observe/cluster/memory.ts'
import { type Observation, observeCluster } from '../observe/cluster/observe.ts'
import { liveReader, type ObjectReader } from '../observe/watches/reader.ts'
import { keyOf } from '../observe/watches/wakes.ts'
import { planCluster } from '../plan/cluster/policy.ts'
import type { Decision } from '../plan/cluster/step.ts'
import { changeOf, isDue, statusOf } from '../report/cluster/status.ts'
import { blockEvent, stepEvent } from '../report/events.ts'
import type { PassResult } from '../runtime/controller-loop.ts'
import { type IdleTurns, notIdle, tellOfIdleTurn, withIdleTurns } from './idle-turns.ts'
import { recordEvent } from './record-event.ts'
import { retryLostRaces } from './retry-lost-races.ts'
import { staleMs, staleViews } from './stale-views.ts'
import type { Controller, Tools } from './tools.ts'

/** A cluster with nothing to do is looked at so often: its members are asked directly, the API server isn't. */
const steadyMs = 5_000

/**
 * The controller of EtcdClusters. A pass over one of them:
 *
 *   observe (caches + the members' answers) -> plan -> apply what is always safe -> at most one dangerous step -> report
 *
 * Nothing that matters is kept between passes, so a crash anywhere is an ordinary start.
 */
export function clusterController(tools: Tools): Controller {
  const remembered = new Map<string, Remembered>()
  const races = retryLostRaces('cluster', tools)
  const stale = staleViews('cluster', tools)

  return {
    async pass(key, signal) {
      const [namespace = '', name = ''] = key.split('/')
      const cluster = tools.caches.clusters.get(namespace, name)
      if (cluster === undefined) {
        remembered.delete(key)
        races.forget(key)
        stale.forget(key)
        tools.metrics.forget(namespace, name)
        return { next: 'never' }
      }
      if (stale.isStale(key, cluster)) return { next: 'after', ms: staleMs }
      const own = recall(tools, remembered, key, cluster)
      return races.run(key, () => passCluster({ tools, own, signal }, cluster))
    },
  }
}

interface Remembered {
  uid: string
  generation: number
  memory: ClusterMemory
  lastWriteMs: number
  /** The last write of figures alone. */
  lastFiguresMs: number
  lastBlock: string | undefined
  idle: IdleTurns
}

function recall(tools: Tools, remembered: Map<string, Remembered>, key: string, cluster: EtcdCluster): Remembered {
  const { uid, generation } = cluster.metadata
  let own = remembered.get(key)
  if (own === undefined || own.uid !== uid) {
    const nowMs = tools.clock.monotonicMs()
    // An operator that has just started doesn't know when it last wrote: it waits like one that wrote a moment ago.
    const lastFiguresMs = cluster.status === undefined ? Number.NEGATIVE_INFINITY : nowMs
    own = { uid, generation, memory: new ClusterMemory(), lastWriteMs: nowMs, lastFiguresMs, lastBlock: undefined, idle: notIdle }
    remembered.set(key, own)
  }
  if (own.generation !== generation) own.memory.forgetFailures()
  own.generation = generation
  return own
}

/** One pass over one EtcdCluster. */
interface Pass {
  readonly tools: Tools
  readonly own: Remembered
  readonly signal: AbortSignal
}

async function passCluster(pass: Pass, cluster: EtcdCluster): Promise<PassResult> {
  const { tools, signal } = pass
  const followed = await attempt(() => followDeletionPolicy(tools.kube, tools.caches.reader, cluster, signal))
  const seen = await observe(pass, tools.caches.reader, 'refusal' in followed ? cluster : followed.result)
  const decision = planCluster(seen.view)
  if (decision.applies === 'always-safe') {
    const applied = await attempt(() => applyAll(tools.kube, seen, signal))
    if ('refusal' in applied) return report(pass, seen.view, applied.refusal)
  }
  if (decision.kind !== 'step') {
    pass.own.idle = notIdle
    // A policy that can't be followed holds up no step, and is told as soon as none is due.
    return report(pass, seen.view, 'refusal' in followed ? followed.refusal : decision)
  }
  const outcome = await carryOut(pass, seen.view, withIdleTurns(decision, pass.own.idle))
  switch (outcome.kind) {
    case 'done':
      pass.own.idle = notIdle
      return { next: 'now' }
    case 'refused':
      return report(pass, outcome.view, outcome.decision)
    case 'late':
      return goIdle(pass, seen.view, decision, outcome.why)
    case 'changed':
      // The live look is the newer one: what it led to is what is reported; a step is planned anew by the next pass.
      if (outcome.decision.kind !== 'step') return report(pass, outcome.view, outcome.decision)
      return goIdle(pass, seen.view, decision, `what was seen before it led to another step, ${outcome.decision.step.do}`)
  }
}

function goIdle({ tools, own }: Pass, { cluster }: ClusterView, decision: StepDecision, why: string): PassResult {
  own.idle = { turns: own.idle.turns + 1, why }
  return { next: 'after', ms: tellOfIdleTurn(tools, cluster, decision, own.idle) }
}

type Attempt<T> = { readonly result: T } | { readonly refusal: Extract<Decision, { kind: 'wait' }> }

/** What always-safe writes come to, or the decision that a refusal leads to. */
async function attempt<T>(write: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { result: await write() }
  } catch (error) {
    const refusal = refused(error, undefined)
    if (refusal === undefined) throw error
    return { refusal }
  }
}

function observe({ tools, own, signal }: Pass, reader: ObjectReader, cluster: EtcdCluster): Promise<Observation> {
  const { live: kube, etcd, caches, agentImage } = tools
  const sources = { kube, etcd, caches, now: () => tools.clock.now(), monotonicMs: () => tools.clock.monotonicMs(), agentImage }
  return observeCluster(sources, reader, withRepository(cluster, tools.etcdImageRepository), own.memory, signal)
}

/** For installations that can't reach the default repository. */
function withRepository(cluster: EtcdCluster, repository: string | undefined): EtcdCluster {
  const { image } = cluster.spec
  if (repository === undefined || image.repository !== 'gcr.io/etcd-development/etcd') return cluster
  return { ...cluster, spec: { ...cluster.spec, image: { ...image, repository } } }
}

async function carryOut(pass: Pass, view: ClusterView, decision: StepDecision): Promise<StepOutcome> {
  const { tools, own, signal } = pass
  const { do: action, ...details } = decision.step
  const fields = { cluster: keyOf(view.cluster), action, reason: decision.reason, ...details }
  const outcome = await takeStep(
    {
      announce: (seen, step) => writeStatus(pass, seen, statusOf(seen, step)),
      observeLive: async (cluster) => observe(pass, liveReader(tools.live), await readLive(pass, cluster)),
      plan: planCluster,
      perform: (observation, step) =>
        perform({ kube: tools.kube, live: tools.live, etcd: tools.etcd, ...observation, signal }, step.do, step),
      monotonicMs: () => tools.clock.monotonicMs(),
    },
    view,
    decision,
  )
  if (outcome.kind === 'refused') {
    tools.log.warn({ ...fields, refusal: outcome.decision.message }, 'step refused')
    tools.metrics.stepFailed(action)
    if (outcome.decision.reason === 'MissingPermission') steps[action].forbidden?.(own.memory, view.monotonicMs)
  }
  if (outcome.kind === 'done') {
    tools.log.info({ ...fields, durationMs: Math.round(outcome.durationMs) }, 'step done')
    tools.metrics.stepDone(action, outcome.durationMs)
    rememberDone(own.memory, action, decision.step, view.monotonicMs)
    recordEvent(tools, stepEvent(view.cluster, decision, outcome.durationMs))
  }
  return outcome
}

/** The EtcdCluster as it is now. One that was deleted, or re-created under its name, is planned as one that is going away. */
async function readLive({ tools, signal }: Pass, cluster: EtcdCluster): Promise<EtcdCluster> {
  const live = await tools.live.get(ETCD_CLUSTER, cluster.metadata, signal)
  if (live?.metadata.uid === cluster.metadata.uid) return live
  // Without finalizers, which somebody may have removed to keep the volumes: nothing is left to do for it.
  return { ...cluster, metadata: { ...cluster.metadata, finalizers: [], deletionTimestamp: rfc3339(tools.clock.now()) } }
}

/** Writes the status if it is due, tells people of a new block once, and says when to look again. */
async function report(pass: Pass, view: ClusterView, decision: Exclude<Decision, { kind: 'step' }>): Promise<PassResult> {
  const { tools, own } = pass
  const nowMs = tools.clock.monotonicMs()
  tools.metrics.observed(view.cluster)
  const status = statusOf(view, decision)
  const change = changeOf(view.cluster.status, status)
  if (change !== undefined && isDue(change, nowMs - own.lastWriteMs, nowMs - own.lastFiguresMs)) {
    await writeStatus(pass, view, status)
    if (change === 'figures') own.lastFiguresMs = nowMs
  }

  const blocked = decision.kind === 'block' ? `${decision.reason}: ${decision.message}` : undefined
  if (decision.kind === 'block' && blocked !== own.lastBlock && !view.cluster.spec.paused) {
    tools.log.info({ cluster: keyOf(view.cluster), reason: decision.reason }, 'blocked')
    recordEvent(tools, blockEvent(view.cluster, decision))
  }
  own.lastBlock = blocked
  tools.log.debug(
    { cluster: keyOf(view.cluster), decision: decision.kind, ...(decision.kind === 'steady' ? {} : { reason: decision.reason }) },
    'pass',
  )
  return { next: 'after', ms: decision.kind === 'wait' ? decision.recheckMs : steadyMs }
}

async function writeStatus({ tools, own, signal }: Pass, { cluster }: ClusterView, status: EtcdClusterStatus): Promise<EtcdCluster> {
  const written = await publishStatus(tools.kube, ETCD_CLUSTER, cluster, status, signal)
  if (written === undefined) return cluster
  own.lastWriteMs = tools.clock.monotonicMs()
  tools.metrics.observed(written)
  return written
}
