import { applyAll } from '../act/cluster/apply.ts'
import { publishStatus } from '../act/cluster/publish.ts'
import { perform, rememberDone, steps } from '../act/cluster/steps.ts'
import { type StepDecision, type StepMoves, type StepOutcome, takeStep } from '../act/cluster/take-step.ts'
import { refused } from '../act/refused.ts'
import { ETCD_CLUSTER } from '../adapters/kube/kinds.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import type { ClusterView } from '../model/cluster/view.ts'
import { rfc3339 } from '../model/rfc3339.ts'
import { ClusterMemory } from '../observe/cluster/memory.ts'
import { type Observation, observeCluster } from '../observe/cluster/observe.ts'
import { liveReader, type ObjectReader } from '../observe/watches/reader.ts'
import { keyOf } from '../observe/watches/wakes.ts'
import { planCluster } from '../plan/cluster/policy.ts'
import type { Action, Decision } from '../plan/cluster/step.ts'
import { changeOf, isDue, statusOf } from '../report/cluster/status.ts'
import { blockEvent, stepEvent } from '../report/events.ts'
import type { PassResult } from '../runtime/controller-loop.ts'
import { tell } from './record-event.ts'
import { againMs, raceCounter } from './retry-lost-races.ts'
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
  const races = raceCounter()

  return {
    async pass(key, signal) {
      const [namespace = '', name = ''] = key.split('/')
      const cluster = tools.caches.clusters.get(namespace, name)
      if (cluster === undefined) {
        remembered.delete(key)
        races.forget(key)
        tools.metrics.forget(namespace, name)
        return { next: 'never' }
      }
      // A view older than what was acted upon before: a stale cache, or an API server that was set back.
      if (cluster.metadata.generation < (cluster.status?.observedGeneration ?? 0)) return { next: 'after', ms: 1000 }
      const own = recall(tools, remembered, key, cluster)
      return races.run(key, () => passCluster(tools, cluster, own, signal))
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
}

function recall(tools: Tools, remembered: Map<string, Remembered>, key: string, cluster: EtcdCluster): Remembered {
  const { uid, generation } = cluster.metadata
  let own = remembered.get(key)
  if (own === undefined || own.uid !== uid) {
    const nowMs = tools.clock.monotonicMs()
    // An operator that has just started doesn't know when it last wrote: it waits like one that wrote a moment ago.
    const lastFiguresMs = cluster.status === undefined ? Number.NEGATIVE_INFINITY : nowMs
    own = { uid, generation, memory: new ClusterMemory(), lastWriteMs: nowMs, lastFiguresMs, lastBlock: undefined }
    remembered.set(key, own)
  }
  if (own.generation !== generation) own.memory.forgetFailures()
  own.generation = generation
  return own
}

async function passCluster(tools: Tools, cluster: EtcdCluster, own: Remembered, signal: AbortSignal): Promise<PassResult> {
  const seen = await observe(tools, tools.caches.reader, cluster, own, signal)
  const decision = planCluster(seen.view)
  if (mayApply(seen.view, decision)) {
    const applied = await attempt(undefined, () => applyAll(tools.caches.kube, seen, signal))
    if ('refusal' in applied) return report(tools, seen.view, applied.refusal, own, signal)
  }
  if (decision.kind !== 'step') return report(tools, seen.view, decision, own, signal)

  const outcome = await carryOut(tools, seen.view, decision, own, signal)
  if (outcome.kind === 'done') return { next: 'now' }
  // The live look is the newer one: what it led to is what is reported; a step is planned anew by the next pass.
  return outcome.decision.kind === 'step' ? { next: 'after', ms: againMs } : report(tools, outcome.view, outcome.decision, own, signal)
}

type Attempt<T> = { readonly result: T } | { readonly refusal: Extract<Decision, { kind: 'wait' }> }

/** A write, or the decision that its refusal leads to. */
async function attempt<T>(action: Action | undefined, write: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { result: await write() }
  } catch (error) {
    const refusal = refused(error, action)
    if (refusal === undefined) throw error
    return { refusal }
  }
}

function observe(tools: Tools, reader: ObjectReader, cluster: EtcdCluster, own: Remembered, signal: AbortSignal): Promise<Observation> {
  const { live: kube, etcd, caches, agentImage } = tools
  const sources = { kube, etcd, caches, now: () => tools.clock.now(), agentImage }
  return observeCluster(sources, reader, withRepository(cluster, tools.etcdImageRepository), own.memory, signal)
}

/** For installations that can't reach the default repository. */
function withRepository(cluster: EtcdCluster, repository: string | undefined): EtcdCluster {
  const { image } = cluster.spec
  if (repository === undefined || image.repository !== 'gcr.io/etcd-development/etcd') return cluster
  return { ...cluster, spec: { ...cluster.spec, image: { ...image, repository } } }
}

/** People first: nothing is written while paused, for what is going away, or beside objects of somebody else. */
function mayApply(view: ClusterView, decision: Decision): boolean {
  if (view.cluster.spec.paused || view.cluster.metadata.deletionTimestamp !== undefined) return false
  return decision.kind === 'steady' || (decision.reason !== 'NameTaken' && decision.reason !== 'WaitingForDeletion')
}

async function carryOut(
  tools: Tools,
  view: ClusterView,
  decision: StepDecision,
  own: Remembered,
  signal: AbortSignal,
): Promise<StepOutcome> {
  const { action, ...details } = describe(decision)
  const fields = { cluster: keyOf(view.cluster), action, ...details }
  // As it is after the announcement: what is reported afterwards is written over that version.
  let announced = view
  const moves: StepMoves = {
    async announce(seen, step) {
      const cluster = await writeStatus(tools, seen, step, own, signal)
      announced = {
        ...seen,
        cluster: { ...seen.cluster, metadata: cluster.metadata, ...(cluster.status ? { status: cluster.status } : {}) },
      }
      return cluster
    },
    observeLive: async (cluster) => observe(tools, liveReader(tools.live), await readLive(tools, cluster, signal), own, signal),
    plan: planCluster,
    perform: (observation, step) => perform({ kube: tools.caches.kube, etcd: tools.etcd, ...observation, signal }, step.do, step),
    monotonicMs: () => tools.clock.monotonicMs(),
  }
  const taken = await attempt(action, () => takeStep(moves, view, decision))
  if ('refusal' in taken) {
    tools.log.warn({ ...fields, refusal: taken.refusal.message }, 'step refused')
    tools.metrics.stepFailed(action)
    if (taken.refusal.reason === 'MissingPermission') steps[action].forbidden?.(own.memory, view.now)
    return { kind: 'changed', decision: taken.refusal, view: announced }
  }
  const outcome = taken.result
  if (outcome.kind === 'done') {
    tools.log.info({ ...fields, durationMs: Math.round(outcome.durationMs) }, 'step done')
    tools.metrics.stepDone(action, outcome.durationMs)
    rememberDone(own.memory, action, decision.step, view.now)
    tell(tools, stepEvent(view.cluster, decision, outcome.durationMs))
  }
  return outcome
}

/** The EtcdCluster as it is now. One that was deleted, or re-created under its name, is planned as one that is going away. */
async function readLive(tools: Tools, cluster: EtcdCluster, signal: AbortSignal): Promise<EtcdCluster> {
  const live = await tools.live.get(ETCD_CLUSTER, cluster.metadata, signal)
  if (live?.metadata.uid === cluster.metadata.uid) return live
  return { ...cluster, metadata: { ...cluster.metadata, deletionTimestamp: rfc3339(tools.clock.now()) } }
}

function describe({ step, reason }: StepDecision) {
  const { do: action, ...rest } = step
  return { action, reason, ...rest }
}

/** Writes the status if it is due, tells people of a new block once, and says when to look again. */
async function report(
  tools: Tools,
  view: ClusterView,
  decision: Exclude<Decision, { kind: 'step' }>,
  own: Remembered,
  signal: AbortSignal,
): Promise<PassResult> {
  const nowMs = tools.clock.monotonicMs()
  tools.metrics.observed(view.cluster)
  const change = changeOf(view.cluster.status, statusOf(view, decision))
  if (change !== undefined && isDue(change, nowMs - own.lastWriteMs, nowMs - own.lastFiguresMs)) {
    await writeStatus(tools, view, decision, own, signal)
    if (change === 'figures') own.lastFiguresMs = nowMs
  }

  const blocked = decision.kind === 'block' ? `${decision.reason}: ${decision.message}` : undefined
  if (decision.kind === 'block' && blocked !== own.lastBlock && !view.cluster.spec.paused) {
    tools.log.info({ cluster: keyOf(view.cluster), reason: decision.reason }, 'blocked')
    tell(tools, blockEvent(view.cluster, decision))
  }
  own.lastBlock = blocked
  tools.log.debug(
    { cluster: keyOf(view.cluster), decision: decision.kind, ...(decision.kind === 'steady' ? {} : { reason: decision.reason }) },
    'pass',
  )
  return { next: 'after', ms: decision.kind === 'wait' ? decision.recheckMs : steadyMs }
}

async function writeStatus(
  tools: Tools,
  view: ClusterView,
  decision: Decision,
  own: Remembered,
  signal: AbortSignal,
): Promise<EtcdCluster> {
  const written = await publishStatus(tools.caches.kube, view, decision, signal)
  if (written === undefined) return view.cluster
  own.lastWriteMs = tools.clock.monotonicMs()
  tools.metrics.observed(written)
  return written
}
