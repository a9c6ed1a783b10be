import { type Applied, applyAll, type RefusedWrite } from '../act/cluster/apply.ts'
import { type Begin, besidePasses } from '../act/cluster/beside-passes.ts'
import { perform, rememberDone, rememberRefused, steps } from '../act/cluster/steps.ts'
import { type StepDecision, type StepOutcome, takeStep } from '../act/cluster/take-step.ts'
import type { KnownWrite } from '../act/cluster/write-history.ts'
import { publishStatus } from '../act/publish-status.ts'
import { ETCD_CLUSTER } from '../adapters/kube/kinds.ts'
import type { EtcdCluster, EtcdClusterStatus } from '../api/etcd-cluster.ts'
import { isDryRun } from '../model/cluster/dry-run.ts'
import type { ClusterView } from '../model/cluster/view.ts'
import { rfc3339 } from '../model/rfc3339.ts'
import { whatRolls } from '../objects/cluster/what-rolls.ts'
import { type ClusterSources, type Observation, observeCluster } from '../observe/cluster/observe.ts'
import { liveReader, type ObjectReader } from '../observe/watches/reader.ts'
import { keyOf } from '../observe/watches/wakes.ts'
import { planCluster } from '../plan/cluster/policy.ts'
import { type Decision, stepId } from '../plan/cluster/step.ts'
import { statusOf } from '../report/cluster/status.ts'
import { changeOf, isDue } from '../report/cluster/status-change.ts'
import { blockEvent, hintEvent, longStepEvent, stepEvent } from '../report/events.ts'
import { clusterFigures } from '../report/metrics/cluster-figures.ts'
import { jittered } from '../runtime/clock.ts'
import type { PassResult } from '../runtime/controller-loop.ts'
import { type Pass, type Remembered, recall } from './cluster-pass.ts'
import { followPolicy } from './follow-policy.ts'
import { notIdle, tellOfIdleTurn, withIdleTurns } from './idle-turns.ts'
import { recordEvent } from './record-event.ts'
import { recordRefusals } from './record-refusals.ts'
import { retryLostRaces } from './retry-lost-races.ts'
import { behindMs, setBacks } from './set-backs.ts'
import type { Controller, Tools } from './tools.ts'
import { withRepository } from './with-repository.ts'

/**
 * The controller of EtcdClusters. A pass over one of them:
 *
 *   observe (caches + the members' answers) -> plan -> apply what is always safe -> at most one dangerous step -> report
 *
 * No pass needs anything from an earlier pass but what is stored in the cluster, so a restart after a crash is an ordinary start.
 */
export function clusterController(tools: Tools): Controller {
  const remembered = new Map<string, Remembered>()
  const races = retryLostRaces('cluster', tools)
  const backs = setBacks<EtcdCluster>('cluster', tools)

  return {
    async pass(key, signal) {
      const [namespace = '', name = ''] = key.split('/')
      const cluster = tools.caches.clusters.get(namespace, name)
      if (cluster === undefined) {
        remembered.delete(key)
        races.forget(key)
        tools.metrics.forget({ namespace, cluster: name })
        return { next: 'never' }
      }
      const standing = await backs.standing(key, cluster, () => tools.live.get(ETCD_CLUSTER, cluster.metadata, signal))
      if (standing.is === 'behind') return { next: 'after', ms: behindMs }
      const own = recall(tools, remembered, key, cluster)
      return races.run(key, () =>
        passCluster(
          { tools, own, signal, newestGeneration: standing.generation, countsFrom: standing.countsFrom, clusters: remembered.size },
          cluster,
        ),
      )
    },
  }
}

async function passCluster(pass: Pass, cluster: EtcdCluster): Promise<PassResult> {
  const { tools, own, signal } = pass
  // An outdated deletionPolicy is not followed: not even the finalizer is written.
  const isSetBack = cluster.metadata.generation < pass.countsFrom
  // A dry run writes nothing but the status; a deletion ends it.
  const isUntouched = isSetBack || (isDryRun(cluster) && cluster.metadata.deletionTimestamp === undefined)
  const followed = isUntouched ? { cluster, refusals: [], failure: undefined } : await followPolicy(pass, cluster)
  const seen = await observe(pass, tools.caches.reader, followed.cluster, look(pass, cluster))
  for (const event of own.roll.ended(seen.view)) recordEvent(tools, event)
  const decision = planCluster(seen.view)
  const applied =
    decision.applies === 'nothing' ? nothingApplied : await applyAll(tools.kube, seen, own.writes, tools.clock.monotonicMs(), signal)
  const refusals = [...followed.refusals, ...applied.refusals]
  recordRefusals(pass, cluster, refusals)
  own.memory.refusedWrites = refusals.map(({ decision: { reason, message } }) => ({ reason, message }))
  const view = { ...seen.view, memory: { ...seen.view.memory, refusedWrites: own.memory.refusedWrites } }

  const result = await carryOutOrReport(pass, view, decision, refusals)
  const failure = followed.failure ?? applied.failure
  if (failure !== undefined && result.next !== 'now') throw failure
  return result
}

const nothingApplied: Applied = { refusals: [], failure: undefined, written: 0 }

async function carryOutOrReport(pass: Pass, view: ClusterView, decision: Decision, refusals: readonly RefusedWrite[]): Promise<PassResult> {
  const { own, tools } = pass
  if (decision.kind !== 'step') {
    own.idle = notIdle
    return report(pass, view, decision, refusals)
  }
  const held = whyHeld(pass, view, decision, refusals)
  if (held !== undefined) return report(pass, view, held, refusals)

  const outcome = await carryOut(pass, view, withIdleTurns(decision, own.idle))
  switch (outcome.kind) {
    case 'done':
      own.idle = notIdle
      own.writes.taken(asWrite(decision), undefined, tools.clock.monotonicMs())
      return { next: 'now' }
    case 'refused':
      return report(pass, outcome.view, outcome.decision, refusals)
    case 'late':
      return goIdle(pass, view, decision, outcome.why)
    case 'changed':
      // The live read is newer, so its decision is reported. If that is another step, the next pass plans it again.
      if (outcome.decision.kind !== 'step') return report(pass, outcome.view, outcome.decision, refusals)
      return goIdle(pass, view, decision, `reading everything again before the step led to another step, ${outcome.decision.step.do}`)
  }
}

/** Why a step is held back: it needs an object that can't be created, or another writer reverts it again and again. */
function whyHeld(
  { tools, own }: Pass,
  { cluster }: ClusterView,
  decision: StepDecision,
  refusals: readonly RefusedWrite[],
): NoStep | undefined {
  const action = decision.step.do
  const needed = steps[action].needs?.(cluster)
  const missing = refusals.find(({ object, isMissing }) => isMissing && object === needed)
  if (missing !== undefined) return { ...missing.decision, ...(missing.decision.kind === 'wait' ? { next: action } : {}) }
  return own.writes.held(asWrite(decision), tools.clock.monotonicMs())
}

function asWrite({ step, message }: StepDecision): KnownWrite {
  return { object: `step ${step.do}`, difference: message, id: stepId(step) }
}

function goIdle({ tools, own }: Pass, { cluster }: ClusterView, decision: StepDecision, why: string): PassResult {
  own.idle = { turns: own.idle.turns + 1, why }
  return { next: 'after', ms: tellOfIdleTurn(tools, cluster, decision, own.idle) }
}

/** How long a look waits for the members. */
type Look = Pick<ClusterSources, 'patience' | 'comparing' | 'readingStored' | 'secretsAnew'>

/** Waits for every member, and for a new comparison of their data, because the next step depends on the answers. */
function lookBeforeStep({ tools: { silent }, own: { comparison, storedMembers } }: Pass): Look {
  return {
    patience: (asked, ask, signal) => silent.askNow(asked, ask, signal),
    comparing: (question, compare) => comparison.beforeStep(question, compare),
    readingStored: (question, read) => storedMembers.beforeStep(question, read),
    secretsAnew: true,
  }
}

/** Doesn't wait for a member that was silent a moment ago, nor for a long comparison; what is learned later wakes the cluster. */
function look({ tools: { silent, wakeCluster }, own: { comparison, storedMembers } }: Pass, cluster: EtcdCluster): Look {
  const wake = () => wakeCluster(keyOf(cluster))
  return {
    patience: (asked, ask, signal) => silent.ask(asked, ask, wake, signal),
    comparing: (question, compare) => comparison.inPass(question, compare, wake),
    readingStored: (question, read) => storedMembers.inPass(question, read, wake),
    secretsAnew: false,
  }
}

function observe(
  { tools, own, signal, newestGeneration, countsFrom }: Pass,
  reader: ObjectReader,
  cluster: EtcdCluster,
  waits: Look,
): Promise<Observation> {
  const { live: kube, etcd, credentials, caches, agentImage } = tools
  const clocks = { now: () => tools.clock.now(), monotonicMs: () => tools.clock.monotonicMs() }
  const sources = {
    kube,
    etcd,
    credentials,
    caches,
    ...clocks,
    agentImage,
    pages: tools.pages,
    ...waits,
    operatorNamespace: tools.namespace,
    newestGeneration,
    countsFrom,
  }
  return observeCluster(sources, reader, withRepository(cluster, tools.etcdImageRepository), own.memory, signal)
}

async function carryOut(pass: Pass, view: ClusterView, decision: StepDecision): Promise<StepOutcome> {
  const { tools, own, signal } = pass
  const { do: action, ...details } = decision.step
  const fields = { cluster: keyOf(view.cluster), action, reason: decision.reason, ...details }
  const outcome = await takeStep(
    {
      announce: (seen, step) => announce(pass, seen, step),
      observeLive: async (cluster) => observe(pass, liveReader(tools.live), await readLive(pass, cluster), lookBeforeStep(pass)),
      plan: planCluster,
      perform: (observation, step) =>
        perform(
          { kube: tools.kube, live: tools.live, etcd: tools.etcd, ...observation, signal, begin: beginner(pass, view.cluster) },
          step.do,
          step,
        ),
      monotonicMs: () => tools.clock.monotonicMs(),
    },
    view,
    decision,
  )
  if (outcome.kind === 'refused') {
    tools.log.warn({ ...fields, refusal: outcome.decision.message }, 'step refused')
    tools.metrics.stepFailed({ namespace: view.cluster.metadata.namespace, cluster: view.cluster.metadata.name }, action)
    rememberRefused(own.memory, action, decision.step, outcome.decision, view.monotonicMs)
  }
  if (outcome.kind === 'done') {
    tools.log.info({ ...fields, durationMs: Math.round(outcome.durationMs) }, 'step done')
    rememberDone(own.memory, action, decision.step, view.monotonicMs)
    const { step } = decision
    if (step.do === 'DeletePod' && decision.reason === 'Rolling')
      own.roll.restarted(step.member, step.uid, whatRolls(view), tools.clock.monotonicMs())
    if (!steps[action].goesOn) {
      tools.metrics.stepDone(action, outcome.durationMs)
      recordEvent(tools, stepEvent(view.cluster, decision, outcome.durationMs))
    }
  }
  return outcome
}

function announce(pass: Pass, view: ClusterView, step: StepDecision): Promise<EtcdCluster> {
  const status = statusOf(view, step)
  pass.tools.metrics.clusterSeen(clusterFigures(view, status))
  return writeStatus(pass, view, status)
}

/** Begins steps that go on beside the passes; their end is logged, counted and told by an Event, and wakes the cluster. */
function beginner({ tools, own: { memory } }: Pass, cluster: EtcdCluster): Begin {
  const { etcd, clock, log, metrics } = tools
  return besidePasses({
    memory,
    etcd,
    clock,
    ended: (ended) => {
      const { do: action, member, failure, startedAt, endedAt } = ended
      const { namespace, name } = cluster.metadata
      if (failure === undefined) metrics.stepDone(action, endedAt - startedAt)
      else metrics.stepFailed({ namespace, cluster: name }, action)
      log.info({ cluster: keyOf(cluster), action, member, durationMs: endedAt - startedAt, failure }, 'long step ended')
      recordEvent(tools, longStepEvent(cluster, ended))
      tools.wakeCluster(keyOf(cluster))
    },
  })
}

/** Reads the EtcdCluster live. If it was deleted, or recreated under its name, it is planned as an EtcdCluster that is being deleted. */
async function readLive({ tools, signal }: Pass, cluster: EtcdCluster): Promise<EtcdCluster> {
  const live = await tools.live.get(ETCD_CLUSTER, cluster.metadata, signal)
  if (live?.metadata.uid === cluster.metadata.uid) return live
  // Without finalizers nothing is left to do; a person may have removed the finalizer to keep the volumes.
  return { ...cluster, metadata: { ...cluster.metadata, finalizers: [], deletionTimestamp: rfc3339(tools.clock.now()) } }
}

type NoStep = Exclude<Decision, { kind: 'step' }>

/** Writes the status if that is due, records an Event for a new block once, and returns when the next pass is due. */
async function report(pass: Pass, view: ClusterView, planned: NoStep, refusals: readonly RefusedWrite[]): Promise<PassResult> {
  const { tools, own } = pass
  // While a write is refused, the cluster isn't steady.
  const decision = planned.kind === 'steady' ? (refusals[0]?.decision ?? planned) : planned
  const nowMs = tools.clock.monotonicMs()
  const status = statusOf(view, decision)
  tools.metrics.clusterSeen(clusterFigures(view, status))
  const change = changeOf(view.cluster.status, status)
  if (
    change !== undefined &&
    isDue(change, { write: nowMs - own.lastWriteMs, figures: nowMs - own.lastFiguresMs, performance: nowMs - own.lastPerformanceMs })
  ) {
    await writeStatus(pass, view, status)
    if (change === 'figures') own.lastFiguresMs = nowMs
  }

  const blocked = decision.kind === 'block' ? `${decision.reason}: ${decision.message}` : undefined
  const isSilent = view.cluster.spec.paused || isDryRun(view.cluster)
  if (decision.kind === 'block' && blocked !== own.lastBlock && !isSilent && !own.toldRefusals.has(decision.message)) {
    tools.log.info({ cluster: keyOf(view.cluster), reason: decision.reason }, 'blocked')
    recordEvent(tools, blockEvent(view.cluster, decision))
  }
  own.lastBlock = blocked
  tools.log.debug(
    { cluster: keyOf(view.cluster), decision: decision.kind, ...(decision.kind === 'steady' ? {} : { reason: decision.reason }) },
    'pass',
  )
  const ms = own.recheck.afterMs(decision, nowMs, pass.clusters)
  // Jitter: all clusters get their first pass at the start of the operator, and later passes must not stay together.
  return { next: 'after', ms: decision.kind === 'wait' ? ms : jittered(tools.clock, ms, 0.1) }
}

async function writeStatus({ tools, own, signal }: Pass, { cluster }: ClusterView, status: EtcdClusterStatus): Promise<EtcdCluster> {
  const written = await publishStatus(tools.kube, ETCD_CLUSTER, cluster, status, signal)
  if (written === undefined) return cluster
  own.lastWriteMs = tools.clock.monotonicMs()
  if (status.performance?.observedAt !== cluster.status?.performance?.observedAt) own.lastPerformanceMs = own.lastWriteMs
  const { hint } = status.performance ?? {}
  if (hint !== undefined && cluster.status?.performance?.hint === undefined) recordEvent(tools, hintEvent(cluster, hint))
  return written
}
