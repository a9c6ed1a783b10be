import { lateMs, lookAgain } from '../act/look-again.ts'
import { publishStatus } from '../act/publish-status.ts'
import { refused } from '../act/refused.ts'
import { performUser } from '../act/user/perform.ts'
import { Failure, isFailure } from '../adapters/failure.ts'
import { ETCD_USER, POD } from '../adapters/kube/kinds.ts'
import type { EtcdUser, EtcdUserStatus } from '../api/etcd-user.ts'
import { annotation } from '../api/labels.ts'
import { isDryRun } from '../model/cluster/dry-run.ts'
import { shortHash } from '../model/hash.ts'
import type { Lifetime } from '../model/tls/lifetimes.ts'
import { rivalOf } from '../model/user/rival.ts'
import type { UserView } from '../model/user/view.ts'
import { fromCaches, observeUser, observeUserLive } from '../observe/user/observe.ts'
import { keyOf } from '../observe/watches/wakes.ts'
import { isStalled } from '../plan/decision.ts'
import { planUser } from '../plan/user/plan.ts'
import { type StepDecision, type UserDecision, wait } from '../plan/user/step.ts'
import { type EventText, eventAbout } from '../report/events.ts'
import { refusedStatusOf, type UserNews, userStatusOf } from '../report/user-status.ts'
import { jittered } from '../runtime/clock.ts'
import type { PassResult } from '../runtime/controller-loop.ts'
import { recordEvent } from './record-event.ts'
import { retryLostRaces } from './retry-lost-races.ts'
import { behindMs, setBacks } from './set-backs.ts'
import type { Controller, Tools } from './tools.ts'
import { UndoneSteps } from './undone-steps.ts'

/** A glance at the caches, which costs no request. */
const glanceMs = 5_000
/** A look at the Secrets and at etcd, although nothing seems to have changed: neither can be watched. */
const lookMs = 10 * 60_000
/** The shortest pause between looks at what a person has to put right. */
const blockedMs = 15_000
/** The longest pauses, while something lasts. */
const longestMs = { wait: 60_000, block: 5 * 60_000 }

/**
 * The controller of EtcdUsers. A pass over one of them:
 *
 *   observe (caches, its Secrets, what etcd has of the user) -> plan -> if a step is due: read and plan again, live -> do it, or report
 *
 * A user who is as its spec asks for costs no request, but for one look in ten minutes.
 */
export function userController(tools: Tools): Controller {
  const remembered = new Map<string, Remembered>()
  const races = retryLostRaces('user', tools)
  const backs = setBacks<EtcdUser>('user', tools)
  const undone = new UndoneSteps()

  return {
    async pass(key, signal) {
      const [namespace = '', name = ''] = key.split('/')
      const user = tools.caches.users.get(namespace, name)
      if (user === undefined) {
        remembered.delete(key)
        races.forget(key)
        undone.forget(key)
        tools.metrics.forgetUser(namespace, name)
        return { next: 'never' }
      }
      const standing = await backs.standing(key, user, () => tools.live.get(ETCD_USER, user.metadata, signal))
      if (standing.is === 'behind') return { next: 'after', ms: behindMs }
      const setBackFrom = user.metadata.generation < standing.countsFrom ? standing.generation : undefined
      const signs = signsOf(tools, user, setBackFrom)
      const known = remembered.get(key)
      const restMs = known?.signs === signs ? known.restUntilMs - tools.clock.monotonicMs() : 0
      if (restMs > 0) return { next: 'after', ms: Math.min(restMs, glanceMs) }
      remembered.delete(key)
      return races.run(key, async () => {
        const passed = await passUser(tools, undone, user, setBackFrom, signal)
        if (passed.restMs === 0) return passed.result
        const pause = jittered(tools.clock, passed.restMs, 0.1)
        remembered.set(key, { signs, restUntilMs: tools.clock.monotonicMs() + pause })
        return { next: 'after', ms: Math.min(pause, glanceMs) }
      })
    },
  }
}

/** Losing this only costs a look. */
interface Remembered {
  /** What a change is recognized by. */
  readonly signs: string
  /** Until then there is nothing to look at, on the monotonic clock. */
  readonly restUntilMs: number
}

/** All that the caches tell and that a plan depends on. */
function signsOf({ caches }: Tools, user: EtcdUser, setBackFrom: number | undefined): string {
  const { namespace, uid, generation, deletionTimestamp, annotations, finalizers } = user.metadata
  const cluster = caches.clusters.get(namespace, user.spec.cluster)
  const { clusterID, tls, auth } = cluster?.status ?? {}
  return shortHash({
    user: [uid, generation, deletionTimestamp, annotations, finalizers, user.status?.claim, setBackFrom],
    cluster: cluster && [
      cluster.metadata.uid,
      cluster.metadata.deletionTimestamp,
      cluster.spec.paused,
      isDryRun(cluster),
      cluster.spec.tls,
      // On the EtcdCluster it asks for a look at all of its Secrets; on the EtcdUser any annotation does.
      cluster.metadata.annotations?.[annotation.refresh],
    ],
    status: [clusterID, tls?.mode, tls?.caGeneration, auth?.enabled],
    rival: rivalOf(user, caches.users.ofCluster(namespace, user.spec.cluster), cluster?.metadata.uid)?.metadata.uid,
  })
}

interface Passed {
  readonly result: PassResult
  /** For how long nothing needs to be looked at while the caches show no change; milliseconds. */
  readonly restMs: number
}

const again: Passed = { result: { next: 'now' }, restMs: 0 }

async function passUser(
  tools: Tools,
  undone: UndoneSteps,
  user: EtcdUser,
  setBackFrom: number | undefined,
  signal: AbortSignal,
): Promise<Passed> {
  const sources = { kube: tools.live, etcd: tools.etcd, now: () => tools.clock.now() }
  try {
    const seen = await observeUser(sources, await fromCaches(tools.caches, user, signal), user, setBackFrom, signal)
    const first = planUser(seen)
    if (first.kind !== 'step') return await report(tools, seen, first, signal)
    const heldMs = undone.heldMs(keyOf(user), first, tools.clock.monotonicMs())
    if (heldMs > 0)
      return await report(
        tools,
        seen,
        wait(
          'WriteReverted',
          `${first.message}: something undoes it again and again, so that it is tried ever more rarely; end the other writer`,
          heldMs,
        ),
        signal,
      )

    const looked = await lookAgain({
      look: async () => {
        const view = await observeUserLive(sources, user, setBackFrom, signal)
        // The caches may still have the deleted object for a minute: this counts as a conflict, after which passes become rarer.
        if (view === undefined) throw new Failure('not-found', `EtcdUser ${keyOf(user)} is gone`)
        return view
      },
      plan: planUser,
      isDue: isStep,
      act: (view, decision) => act(tools, view, decision, signal),
      monotonicMs: () => tools.clock.monotonicMs(),
    })
    switch (looked.kind) {
      case 'acted':
        if (looked.result === 'done') undone.taken(keyOf(user), looked.decision, tools.clock.monotonicMs())
        return looked.result === 'done' ? again : await report(tools, looked.seen, looked.result, signal)
      case 'changed':
        return looked.decision.kind === 'step' ? again : await report(tools, looked.seen, looked.decision, signal)
      case 'late': {
        const news = wait('NotAnswered', `${looked.decision.message}: not carried out, because ${looked.why}`, lateMs)
        return await report(tools, looked.seen, news, signal)
      }
    }
  } catch (error) {
    // The operator may not read a Secret, for example: the status says so, and of the rest what it said before.
    if (!isFailure(error, 'forbidden')) throw error
    const refusal = refused(error, undefined)
    if (refusal === undefined) throw error
    await publishStatus(tools.kube, ETCD_USER, user, refusedStatusOf(user, refusal, tools.clock.now()), signal)
    return { result: { next: 'after', ms: refusal.recheckMs }, restMs: 0 }
  }
}

function isStep(decision: UserDecision): decision is StepDecision {
  return decision.kind === 'step'
}

type Refusal = ReturnType<typeof wait>

/** Carries out a step; a refusal becomes a decision that is reported. */
async function act(tools: Tools, view: UserView, decision: StepDecision, signal: AbortSignal): Promise<'done' | UserNews> {
  const { step, reason, message } = decision
  const { namespace } = view.user.metadata
  const of = { namespace, cluster: view.user.spec.cluster }
  const fields = { user: keyOf(view.user), action: step.do, reason }
  try {
    const pods = await tools.caches.reader.ofCluster(POD, namespace, view.user.spec.cluster, signal)
    const { kube, live, etcd, clock } = tools
    await performUser({ kube, live, etcd, view, pods, now: clock.now(), signal, wrote: () => tools.metrics.authWritten(of) }, step)
  } catch (error) {
    const refusal = refusalOf(error, step.do)
    if (refusal === undefined) throw error
    tools.log.warn({ ...fields, refusal: refusal.message }, 'user step refused')
    tools.metrics.stepFailed(of, step.do)
    return refusal
  }
  tools.log.info({ ...fields, message }, 'user step done')
  if (isWorthAnEvent(step)) record(tools, view.user, { type: 'Normal', reason, action: step.do, note: message })
  return 'done'
}

/** Of notes that the operator makes for itself nobody needs to hear. */
function isWorthAnEvent(step: StepDecision['step']): boolean {
  return step.do === 'WriteSecret' || step.do === 'ChangeUser'
}

function refusalOf(error: unknown, action: StepDecision['step']['do']): Refusal | undefined {
  const isOfEtcd = action === 'ChangeUser'
  if (
    isOfEtcd &&
    (isFailure(error, 'unavailable') || isFailure(error, 'timeout') || isFailure(error, 'rejected') || isFailure(error, 'forbidden'))
  )
    return wait('NotAnswered', `etcd did not take what was to be written about the user, tried again soon: ${error.message}`, 2000)
  const refusal = refused(error, undefined)
  return refusal && wait(refusal.reason, refusal.message, refusal.recheckMs)
}

/** Writes the status if it differs, records an Event for a new reason to act once, and says when the next look is due. */
async function report(tools: Tools, view: UserView, news: UserNews, signal: AbortSignal): Promise<Passed> {
  const { user } = view
  // A deleted object whose finalizer is gone is not written any more.
  if (news.kind === 'steady' && user.metadata.deletionTimestamp !== undefined) return { result: { next: 'when-changed' }, restMs: 0 }
  const status = userStatusOf(view, news)
  const written = await publishStatus(tools.kube, ETCD_USER, user, status, signal)
  const { namespace, name } = user.metadata
  const certificate = lifetimeOf(status)
  tools.metrics.userObserved({ namespace, cluster: user.spec.cluster }, name, { isReady: news.kind === 'steady', certificate })
  const stalledBy = (one: EtcdUser['status']) =>
    one?.conditions?.find(({ type, status: is }) => type === 'Stalled' && is === 'True')?.reason
  if (written !== undefined && news.kind !== 'steady' && isStalled(news) && stalledBy(user.status) !== news.reason) {
    tools.log.info({ user: keyOf(user), reason: news.reason }, 'blocked')
    record(tools, user, { type: 'Warning', reason: news.reason, action: 'Block', note: news.message })
  }
  switch (news.kind) {
    case 'steady':
      return { result: { next: 'when-changed' }, restMs: lookMs }
    case 'wait':
      return { result: { next: 'when-changed' }, restMs: pauseMs(view, news.recheckMs, longestMs.wait) }
    case 'block':
      return { result: { next: 'when-changed' }, restMs: pauseMs(view, blockedMs, longestMs.block) }
  }
}

function lifetimeOf({ certificateIssued, certificateExpiry }: EtcdUserStatus): Lifetime | undefined {
  if (certificateIssued === undefined || certificateExpiry === undefined) return undefined
  return { notBefore: Date.parse(certificateIssued), notAfter: Date.parse(certificateExpiry) }
}

/** The longer it lasts, the rarer the looks: a hundred waiting users must not take the API server's time. */
function pauseMs({ user, now }: UserView, first: number, longest: number): number {
  const ready = user.status?.conditions?.find(({ type }) => type === 'Ready')
  const sinceMs = ready === undefined || ready.status === 'True' ? 0 : now - Date.parse(ready.lastTransitionTime)
  return Math.min(longest, Math.max(first, sinceMs / 20))
}

function record(tools: Tools, object: EtcdUser, text: EventText): void {
  recordEvent(tools, eventAbout({ kind: 'EtcdUser', object }, text))
}
