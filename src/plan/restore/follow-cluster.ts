import type { Condition, EtcdCluster, RestoredFrom } from '../../api/etcd-cluster.ts'
import { isAgentReason, type Reason } from '../../api/reasons.ts'
import { type AgentRun, lifeOf } from '../../model/agent/run.ts'
import { sourceJobName } from '../../model/names.ts'
import { sourceInWords } from '../../model/restore/source.ts'
import { madeCluster, type RestoreView, snapshotOf, sourceOf } from '../../model/restore/view.ts'
import { jobWords } from '../job-words.ts'
import { block, fail, type RestoreDecision, step, wait } from './step.ts'

/** The EtcdCluster restores itself; its status says how far it is. Each change of the EtcdCluster wakes the EtcdRestore. */
export function followCluster(view: RestoreView): RestoreDecision | undefined {
  const cluster = madeCluster(view)
  if (cluster === undefined) return undefined
  const { clusterID, members = 0, nextStep, bootstrap } = cluster.status ?? {}
  const isFormed = clusterID !== undefined
  const stalled = trueCondition(cluster, 'Stalled')
  const verdict = stalled && verdictOf(stalled)
  // Once the EtcdCluster has a cluster ID its data is restored: if it is Stalled after that, its own status says why.
  if (verdict !== undefined && !isFormed) return fail(verdict, stalled?.message ?? '')
  // Safety: its spec may have been changed before it began; then it has other data, or none.
  if (isFormed && !isOurs(view, bootstrap?.restore)) return fail('RestoredDataDiffers', otherData(view, cluster))
  if (isFormed && trueCondition(cluster, 'Ready') !== undefined && members === cluster.spec.size)
    return { kind: 'complete', message: sum(view, cluster) }

  const phase = isFormed ? 'Growing' : 'Restoring'
  const outlived = endOutlived(view, phase)
  if (outlived !== undefined) return outlived
  if (stalled !== undefined) return block(phase, stalled.reason, stalled.message, lookMs)
  return isFormed
    ? wait(phase, 'ScalingUp', `${members} of ${cluster.spec.size} members are there`, lookMs)
    : wait(phase, 'RestoringData', nextStep?.message ?? `EtcdCluster ${cluster.metadata.name} has just been created`, lookMs)
}

const lookMs = 30_000

/** The Job's pod holds the volume with the backups, which the Jobs of the EtcdCluster need, perhaps on another node. */
function endOutlived({ restore, verification }: RestoreView, phase: 'Growing' | 'Restoring'): RestoreDecision | undefined {
  const life = lifeOf(verification)
  if (life.life !== 'reported' || !life.outlived || isBeingDeleted(verification)) return undefined
  // Safety: the EtcdCluster carries what the Job found.
  const why = `${jobWords.outlived(sourceJobName(restore))}; deleting the Job`
  return step(phase, 'RestoringData', why, { do: 'DeleteVerifyJob', uid: life.uid })
}

function isBeingDeleted({ job }: AgentRun): boolean {
  return job.state === 'ours' && job.deleting
}

/** Whether the EtcdCluster began with the file that this EtcdRestore verified; true where no record of that file is left. */
function isOurs(view: RestoreView, began: RestoredFrom | undefined): boolean {
  const verified = snapshotOf(view)
  return began !== undefined && (verified === undefined || began.sha256 === verified.sha256)
}

function otherData({ restore }: RestoreView, { metadata: { name } }: EtcdCluster): string {
  const source = sourceInWords(sourceOf(restore))
  return `EtcdCluster ${name} did not begin with ${source}: its spec.bootstrap.restore was changed; delete it, and restore again`
}

function trueCondition({ metadata, status }: EtcdCluster, type: string): Condition | undefined {
  const found = status?.conditions?.find((condition) => condition.type === type && condition.status === 'True')
  return found?.observedGeneration === metadata.generation ? found : undefined
}

/** The reason for which the EtcdCluster can't restore the data, where no wait and no change of its spec can help. */
function verdictOf({ reason }: Condition): Reason | undefined {
  return isAgentReason(reason) ? reason : reason === 'VolumesNotCoLocatable' ? reason : undefined
}

function sum(view: RestoreView, cluster: EtcdCluster): string {
  const source = sourceInWords(sourceOf(view.restore))
  const revision = snapshotOf(view)?.revision
  const upTo = revision === undefined ? '' : ` up to revision ${revision}`
  return `EtcdCluster ${cluster.metadata.name} has the data of ${source}${upTo}, and all its members`
}
