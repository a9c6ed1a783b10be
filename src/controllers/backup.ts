import { lateMs, lookAgain } from '../act/look-again.ts'
import { performBackup } from '../act/perform-backup.ts'
import { publishStatus } from '../act/publish-status.ts'
import { refused } from '../act/refused.ts'
import { Failure, isFailure } from '../adapters/failure.ts'
import { ETCD_BACKUP } from '../adapters/kube/kinds.ts'
import type { EtcdBackup } from '../api/backups.ts'
import { storedBackupFinalizer } from '../api/labels.ts'
import { takenAt } from '../model/backup/backups.ts'
import { type BackupView, lacksFinalizer } from '../model/backup/view.ts'
import { backupJobName } from '../model/names.ts'
import { parseQuantity } from '../model/quantity.ts'
import { isTerminal } from '../model/terminal.ts'
import { observeBackup, observeBackupLive } from '../observe/backup.ts'
import { newestBackup } from '../observe/cluster/backups.ts'
import { type JobSources, ownedJob } from '../observe/jobs/run.ts'
import { keyOf } from '../observe/watches/wakes.ts'
import { planBackup } from '../plan/backup/plan.ts'
import { type BackupDecision, type BackupStep, wait } from '../plan/backup/step.ts'
import { isStalled } from '../plan/decision.ts'
import { type BackupNews, backupStatusOf, durationMs } from '../report/backup-status.ts'
import { type EventText, eventAbout } from '../report/events.ts'
import type { NewestBackup } from '../report/metrics/backup-metrics.ts'
import type { PassResult } from '../runtime/controller-loop.ts'
import { clearJob } from './clear-job.ts'
import { recordEvent } from './record-event.ts'
import { retryLostRaces } from './retry-lost-races.ts'
import { behindMs, setBacks } from './set-backs.ts'
import type { Controller, Tools } from './tools.ts'

/**
 * The controller of EtcdBackups. A pass over one of them:
 *
 *   observe (caches, and live reads of pods and claims) -> plan -> if a step is due: read and plan again, live -> do it, or report
 *
 * A Job does the work; its pod reports the result in its termination message. A backup that has ended costs only the request that
 * deletes its Job.
 */
export function backupController(tools: Tools): Controller {
  const sources: JobSources = {
    kube: tools.live,
    agentImage: tools.agentImage,
    now: () => tools.clock.now(),
  }
  const remembered = new Map<string, Remembered>()
  const races = retryLostRaces('backup', tools)
  const backs = setBacks<EtcdBackup>('backup', tools)
  tools.metrics.newestBackupsFrom(() => newestBackups(tools))

  return {
    async pass(key, signal) {
      const [namespace = '', name = ''] = key.split('/')
      const backup = tools.caches.backups.get(namespace, name)
      if (backup === undefined) {
        remembered.delete(key)
        races.forget(key)
        return { next: 'never' }
      }
      const standing = await backs.standing(key, backup, () => tools.live.get(ETCD_BACKUP, backup.metadata, signal))
      if (standing.is === 'behind') return { next: 'after', ms: behindMs }
      if (isAtRest(backup)) return isTerminal(backup) ? races.run(key, () => clearOwnJob(tools, backup, signal)) : { next: 'when-changed' }
      const own = recall(remembered, key, backup)
      return races.run(key, () => passBackup(tools, sources, backup, own, signal))
    },
  }
}

/** Between two looks for a Secret that the cluster's certificates come from; milliseconds. */
const credentialsMs = 10_000

/** Losing this only repeats a message. */
interface Remembered {
  readonly uid: string
  lastBlock: string | undefined
}

function recall(remembered: Map<string, Remembered>, key: string, { metadata: { uid } }: EtcdBackup): Remembered {
  const known = remembered.get(key)
  if (known?.uid === uid) return known
  const own = { uid, lastBlock: undefined }
  remembered.set(key, own)
  return own
}

/** Whether nothing is left to do: the phase is final, and the finalizer is there to remove the file when the EtcdBackup is deleted. */
function isAtRest(backup: EtcdBackup): boolean {
  const { deletionTimestamp, finalizers } = backup.metadata
  if (deletionTimestamp !== undefined) return !finalizers?.includes(storedBackupFinalizer)
  return isTerminal(backup) && !lacksFinalizer(backup)
}

function clearOwnJob(tools: Tools, backup: EtcdBackup, signal: AbortSignal): Promise<PassResult> {
  const { namespace, name: backupName, uid } = backup.metadata
  const name = backupJobName(backupName)
  const job = ownedJob({ kind: 'EtcdBackup', name: backupName, uid }, tools.caches.jobs.get(namespace, name))
  return clearJob(tools, { namespace, name, job, completionTime: backup.status?.completionTime }, signal)
}

async function passBackup(
  tools: Tools,
  sources: JobSources,
  backup: EtcdBackup,
  own: Remembered,
  signal: AbortSignal,
): Promise<PassResult> {
  const seen = await observeBackup(sources, tools.caches, backup, signal)
  const first = planBackup(seen)
  if (first.kind === 'wait' || first.kind === 'block') return report(tools, seen, first, own, signal)
  if (first.kind === 'steady') return { next: 'when-changed' }

  const again = await lookAgain({
    look: () => lookLive(sources, backup, signal),
    plan: planBackup,
    isDue: isStep,
    act: (view, decision) => act(tools, view, decision, signal),
    monotonicMs: () => tools.clock.monotonicMs(),
  })
  if (again.kind === 'late') return reportLate(tools, again, own, signal)
  const decision = again.kind === 'acted' ? again.result : again.decision
  if (decision === 'done') return { next: 'now' }
  return decision.kind === 'steady' || decision.kind === 'step'
    ? { next: 'when-changed' }
    : report(tools, again.seen, decision, own, signal)
}

async function lookLive(sources: JobSources, backup: EtcdBackup, signal: AbortSignal): Promise<BackupView> {
  const view = await observeBackupLive(sources, backup, signal)
  // The caches may still have the deleted object for a minute: this counts as a conflict, after which passes become rarer.
  if (view === undefined) throw new Failure('not-found', `EtcdBackup ${keyOf(backup)} is gone`)
  return view
}

type StepDecision = Extract<BackupDecision, { kind: 'step' }>
type NoStep = Exclude<BackupDecision, StepDecision>

function isStep(decision: BackupDecision): decision is StepDecision {
  return decision.kind === 'step'
}

/** Carries out a step; a refusal of the API server becomes a decision that is reported. */
async function act(tools: Tools, view: BackupView, { step, reason, message }: StepDecision, signal: AbortSignal): Promise<'done' | NoStep> {
  const fields = { backup: keyOf(view.backup), action: step.do, reason }
  try {
    await performBackup({ kube: tools.kube, live: tools.live }, view, step, signal)
    tools.log.info({ ...fields, message }, 'backup step done')
    return 'done'
  } catch (error) {
    if (isFailure(error, 'untrusted')) return wait('BadSecret', error.message, credentialsMs, { on: onOf(step) })
    const refusal = refused(error, undefined)
    if (refusal === undefined) throw error
    tools.log.warn({ ...fields, refusal: refusal.message }, 'backup step refused')
    if (refusal.reason === 'Deleting' && !view.namespaceTerminating) {
      const going = { ...view, namespaceTerminating: true }
      const decision = planBackup(going)
      return isStep(decision) ? act(tools, going, decision, signal) : decision
    }
    return wait(refusal.reason, refusal.message, refusal.recheckMs, { on: onOf(step) })
  }
}

/** Reports a step that is due but was not carried out, because the live read before it took too long. */
function reportLate(
  tools: Tools,
  { seen, decision, why }: { readonly seen: BackupView; readonly decision: StepDecision; readonly why: string },
  own: Remembered,
  signal: AbortSignal,
): Promise<PassResult> {
  const { step } = decision
  const news = wait('NotAnswered', `${decision.message}: not carried out, because ${why}`, lateMs, { on: onOf(step) })
  tools.log.warn({ backup: keyOf(seen.backup), action: step.do, why }, 'backup step due and not carried out')
  tools.metrics.stepFailed({ namespace: seen.backup.metadata.namespace, cluster: seen.backup.spec.cluster }, step.do)
  if (!seen.backup.status?.conditions?.some(({ reason }) => reason === news.reason))
    record(tools, seen, { type: 'Warning', reason: news.reason, action: step.do, note: news.message })
  return report(tools, seen, news, own, signal)
}

function onOf(step: BackupStep): 'backup' | 'removal' {
  return step.do === 'CreateDeletionJob' || step.do === 'RemoveFinalizer' ? 'removal' : 'backup'
}

/** Writes the status if it differs, records an Event once, and returns when the next pass is due. */
async function report(tools: Tools, view: BackupView, news: BackupNews, own: Remembered, signal: AbortSignal): Promise<PassResult> {
  const written = await publishStatus(tools.kube, ETCD_BACKUP, view.backup, backupStatusOf(view, news), signal)
  if (news.kind === 'wait' || news.kind === 'block') {
    recordBlock(tools, view, news, own)
    return { next: 'after', ms: news.recheckMs }
  }
  if (written !== undefined) recordEnd(tools, view, news)
  return { next: 'when-changed' }
}

function recordBlock(tools: Tools, view: BackupView, news: Extract<BackupNews, { kind: 'wait' | 'block' }>, own: Remembered): void {
  const block = isStalled(news) ? news.reason : undefined
  if (block !== undefined && block !== own.lastBlock) {
    tools.log.info({ backup: keyOf(view.backup), reason: news.reason }, 'backup blocked')
    record(tools, view, { type: 'Warning', reason: news.reason, action: 'Block', note: news.message })
  }
  own.lastBlock = block
  tools.log.debug({ backup: keyOf(view.backup), reason: news.reason }, 'backup pass')
}

function recordEnd(tools: Tools, view: BackupView, news: Exclude<BackupNews, { kind: 'wait' | 'block' }>): void {
  const of = { namespace: view.backup.metadata.namespace, cluster: view.backup.spec.cluster }
  if (news.kind === 'fail') {
    tools.log.warn({ backup: keyOf(view.backup), reason: news.reason, message: news.message }, 'backup failed')
    tools.metrics.backupFailed(of)
    record(tools, view, { type: 'Warning', reason: news.reason, action: 'Fail', note: news.message })
    return
  }
  const { snapshot, member, streamMs, verifyMs } = news.result
  const ms = durationMs(view, news.result)
  const fields = { revision: snapshot.revision, bytes: snapshot.size, member, durationMs: ms, streamMs, verifyMs }
  tools.log.info({ backup: keyOf(view.backup), ...fields }, 'backup completed')
  tools.metrics.backupDone(of, ms)
  const note = `stored revision ${snapshot.revision} from ${member} and read it back (${(ms / 1000).toFixed(1)} s)`
  record(tools, view, { type: 'Normal', reason: 'BackupCompleted', action: 'Complete', note })
}

function record(tools: Tools, { backup }: BackupView, text: EventText): void {
  recordEvent(tools, eventAbout({ kind: 'EtcdBackup', object: backup }, text))
}

function newestBackups({ caches }: Tools): readonly NewestBackup[] {
  return caches.clusters.all().flatMap(({ metadata: { namespace, name }, status }) => {
    const newest = newestBackup(caches, namespace, name, status?.clusterID)
    if (newest === undefined) return []
    return { namespace, cluster: name, takenAt: takenAt(newest), bytes: parseQuantity(newest.status?.size ?? '') ?? 0 }
  })
}
