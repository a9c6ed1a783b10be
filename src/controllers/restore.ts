import { lateMs, lookAgain } from '../act/look-again.ts'
import { performRestore } from '../act/perform-restore.ts'
import { publishStatus } from '../act/publish-status.ts'
import { refused } from '../act/refused.ts'
import { Failure } from '../adapters/failure.ts'
import { whatIsInvalid } from '../adapters/kube/failures.ts'
import { ETCD_RESTORE } from '../adapters/kube/kinds.ts'
import type { EtcdRestore } from '../api/backups.ts'
import { sourceJobName } from '../model/names.ts'
import type { RestoreView } from '../model/restore/view.ts'
import { isTerminal } from '../model/terminal.ts'
import { type JobSources, ownedJob } from '../observe/jobs/run.ts'
import { observeRestore, observeRestoreLive } from '../observe/restore.ts'
import { keyOf } from '../observe/watches/wakes.ts'
import { isStalled } from '../plan/decision.ts'
import { planRestore } from '../plan/restore/plan.ts'
import { fail, type RestoreDecision, wait } from '../plan/restore/step.ts'
import { type EventText, eventAbout } from '../report/events.ts'
import type { RestoreFigures } from '../report/metrics/restore-series.ts'
import { type RestoreNews, restoreStatusOf } from '../report/restore-status.ts'
import type { PassResult } from '../runtime/controller-loop.ts'
import { clearJob } from './clear-job.ts'
import { recordEvent } from './record-event.ts'
import { retryLostRaces } from './retry-lost-races.ts'
import { behindMs, setBacks } from './set-backs.ts'
import type { Controller, Tools } from './tools.ts'

type StepDecision = Extract<RestoreDecision, { kind: 'step' }>

/**
 * The controller of EtcdRestores. A pass over one of them:
 *
 *   observe (caches) -> plan -> if a step or an end is due: read and plan again, live -> do it, or report
 *
 * The new EtcdCluster restores the data. The EtcdRestore verifies the file, creates the EtcdCluster, follows its status, and never
 * changes it.
 */
export function restoreController(tools: Tools): Controller {
  const sources: JobSources = { kube: tools.live, agentImage: tools.agentImage, now: () => tools.clock.now() }
  const races = retryLostRaces('restore', tools)
  const backs = setBacks<EtcdRestore>('restore', tools)
  tools.metrics.restoresFrom(() => restoreFigures(tools))

  return {
    async pass(key, signal) {
      const [namespace = '', name = ''] = key.split('/')
      const restore = tools.caches.restores.get(namespace, name)
      if (restore === undefined) {
        races.forget(key)
        return { next: 'never' }
      }
      const standing = await backs.standing(key, restore, () => tools.live.get(ETCD_RESTORE, restore.metadata, signal))
      if (standing.is === 'behind') return { next: 'after', ms: behindMs }
      if (isTerminal(restore)) return races.run(key, () => clearOwnJob(tools, restore, signal))
      return races.run(key, () => passRestore(tools, sources, restore, signal))
    },
  }
}

/** Deletes the Job if it still runs; Kubernetes deletes a Job that has ended (its TTL). */
async function clearOwnJob(tools: Tools, restore: EtcdRestore, signal: AbortSignal): Promise<PassResult> {
  const { namespace, name: restoreName, uid } = restore.metadata
  const name = sourceJobName(restore)
  const job = ownedJob({ kind: 'EtcdRestore', name: restoreName, uid }, tools.caches.jobs.get(namespace, name))
  if (job.state !== 'ours' || job.value.state !== 'running') return { next: 'when-changed' }
  return clearJob(tools, { namespace, name, job, completionTime: restore.status?.completionTime }, signal)
}

async function passRestore(tools: Tools, sources: JobSources, restore: EtcdRestore, signal: AbortSignal): Promise<PassResult> {
  const seen = await observeRestore(sources, tools.caches, restore, signal)
  const first = planRestore(seen)
  if (first.kind === 'steady') return { next: 'when-changed' }
  if (first.kind === 'wait' || first.kind === 'block') return report(tools, seen, first, signal)

  // A step, and a final phase too, can't be undone: both are decided from a live read of the API server.
  const again = await lookAgain({
    look: () => lookLive(sources, restore, signal),
    plan: planRestore,
    isDue: isStep,
    act: (view, decision) => act(tools, view, decision, signal),
    monotonicMs: () => tools.clock.monotonicMs(),
  })
  if (again.kind === 'late') return reportLate(tools, again, signal)
  const decision = again.kind === 'acted' ? again.result : again.decision
  // The next pass observes and reports the effect of a step.
  if (decision === 'done') return { next: 'now' }
  return decision.kind === 'steady' || decision.kind === 'step' ? { next: 'when-changed' } : report(tools, again.seen, decision, signal)
}

async function lookLive(sources: JobSources, restore: EtcdRestore, signal: AbortSignal): Promise<RestoreView> {
  const view = await observeRestoreLive(sources, restore, signal)
  // The caches may still have the deleted object for a minute: this counts as a conflict, after which passes become rarer.
  if (view === undefined) throw new Failure('not-found', `EtcdRestore ${keyOf(restore)} is gone`)
  return view
}

function isStep(decision: RestoreDecision): decision is StepDecision {
  return decision.kind === 'step'
}

/** Carries out a step; a refusal of the API server becomes a decision that is reported. */
async function act(tools: Tools, view: RestoreView, decision: StepDecision, signal: AbortSignal): Promise<'done' | RestoreNews> {
  const fields = { restore: keyOf(view.restore), action: decision.step.do, reason: decision.reason }
  try {
    await performRestore(tools.kube, view, decision.step, signal)
  } catch (error) {
    const refusal = refusalOf(error, decision)
    if (refusal === undefined) throw error
    tools.log.warn({ ...fields, refusal: refusal.message }, 'restore step refused')
    return refusal
  }
  tools.log.info({ ...fields, message: decision.message }, 'restore step done')
  record(tools, view, { type: 'Normal', reason: decision.reason, action: decision.step.do, note: decision.message })
  return 'done'
}

/** Reports a step that is due but was not carried out, because the live read before it took too long. */
function reportLate(
  tools: Tools,
  { seen, decision, why }: { readonly seen: RestoreView; readonly decision: StepDecision; readonly why: string },
  signal: AbortSignal,
): Promise<PassResult> {
  const { phase, step } = decision
  const news = wait(phase, 'NotAnswered', `${decision.message}: not carried out, because ${why}`, lateMs)
  tools.log.warn({ restore: keyOf(seen.restore), action: step.do, why }, 'restore step due and not carried out')
  tools.metrics.stepFailed({ namespace: seen.restore.metadata.namespace, cluster: seen.restore.spec.cluster }, step.do)
  if (reasonOf(seen.restore.status) !== news.reason)
    record(tools, seen, { type: 'Warning', reason: news.reason, action: step.do, note: news.message })
  return report(tools, seen, news, signal)
}

/** An object that the API server finds invalid fails the restore; after any other refusal, or no answer, the step is tried again. */
function refusalOf(error: unknown, { phase }: StepDecision): Exclude<RestoreNews, { kind: 'complete' }> | undefined {
  const invalid = whatIsInvalid(error)
  if (invalid !== undefined) return fail('InvalidSpec', `the API server refuses it: ${invalid}`)
  const refusal = refused(error, undefined)
  return refusal && wait(phase, refusal.reason, refusal.message, refusal.recheckMs)
}

/** Writes the status if it differs, records an Event for an end or a new block once, and returns when the next pass is due. */
async function report(tools: Tools, view: RestoreView, news: RestoreNews, signal: AbortSignal): Promise<PassResult> {
  const status = restoreStatusOf(view, news)
  await publishStatus(tools.kube, ETCD_RESTORE, view.restore, status, signal)
  switch (news.kind) {
    case 'wait':
    case 'block':
      if (isStalled(news) && reasonOf(status) !== reasonOf(view.restore.status))
        record(tools, view, { type: 'Warning', reason: news.reason, action: 'Block', note: news.message })
      return { next: 'after', ms: news.recheckMs }
    case 'fail':
      tools.log.warn({ restore: keyOf(view.restore), reason: news.reason, message: news.message }, 'restore failed')
      record(tools, view, { type: 'Warning', reason: news.reason, action: 'Fail', note: news.message })
      return { next: 'when-changed' }
    case 'complete':
      tools.log.info({ restore: keyOf(view.restore) }, 'restore completed')
      record(tools, view, { type: 'Normal', reason: 'RestoreCompleted', action: 'Complete', note: news.message })
      return { next: 'when-changed' }
  }
}

function reasonOf(status: EtcdRestore['status']): string | undefined {
  return status?.conditions?.find(({ type }) => type === 'Stalled')?.reason
}

function record(tools: Tools, { restore }: RestoreView, text: EventText): void {
  recordEvent(tools, eventAbout({ kind: 'EtcdRestore', object: restore }, text))
}

function restoreFigures({ caches }: Tools): readonly RestoreFigures[] {
  return caches.restores.all().map(({ metadata: { namespace }, spec, status }) => ({
    namespace,
    cluster: spec.cluster,
    phase: status?.phase ?? 'Pending',
    source: spec.source.backup === undefined ? undefined : caches.backups.get(namespace, spec.source.backup)?.spec.cluster,
    completedAt: status?.phase === 'Completed' && status.completionTime ? Date.parse(status.completionTime) : undefined,
  }))
}
