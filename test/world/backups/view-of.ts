import type { EtcdBackup, EtcdRestore } from '../../../src/api/backups.ts'
import { storedBackupFinalizer } from '../../../src/api/labels.ts'
import type { AgentPod, AgentRun } from '../../../src/model/agent/run.ts'
import { readersOf } from '../../../src/model/backup/readers.ts'
import type { BackupView } from '../../../src/model/backup/view.ts'
import type { ClaimFacts } from '../../../src/model/claim.ts'
import { known, unknown } from '../../../src/model/known.ts'
import { backupJobName, deletionJobName } from '../../../src/model/names.ts'
import type { ScheduleView } from '../../../src/model/schedule/view.ts'
import type { RetentionView } from '../../../src/plan/schedule/retention.ts'
import { aFormedCluster } from '../../builders/a-backup.ts'
import { anAgentPod } from '../../builders/a-pod-report.ts'
import { anEtcdRestore } from '../../builders/a-schedule.ts'
import { isLiving, operatorsClock, type Pod, podsOf, type Wishes, type World } from './world.ts'

const cluster = aFormedCluster()
const image = known({ name: 'etcd-operator:dev', pullPolicy: 'IfNotPresent', pullSecrets: [] })

/** What a pass sees of this backup, as observe/backup.ts would read it. */
export function backupViewOf(world: World, backup: EtcdBackup): BackupView {
  const { name } = backup.metadata
  const isLeaving = backup.metadata.deletionTimestamp !== undefined && (backup.metadata.finalizers ?? []).includes(storedBackupFinalizer)
  const work = runOf(world, backup, backupJobName(name))
  const removal = runOf(world, backup, deletionJobName(name))
  const isNext = (isLeaving ? removal : work).job.state === 'absent' && backup.status?.startTime !== undefined
  return {
    now: operatorsClock(world.wishes),
    backup,
    cluster,
    otherClusters: [],
    claim: isNext || isLeaving ? claimOf(world) : undefined,
    work,
    removal,
    writers: isNext && isLeaving ? writersOf(world, name) : [],
    agentImage: isNext ? image : unknown('not looked up'),
    readers: isLeaving ? readersOf(backup, restoresOf(world.wishes), []) : [],
    namespaceTerminating: false,
  }
}

export function scheduleViewOf(wishes: Wishes): ScheduleView | undefined {
  const { schedule, backups } = wishes
  return schedule && { now: operatorsClock(wishes), schedule, cluster, otherClusters: [], backups }
}

/** As it is read before something is removed: ages by the API server's clock. */
export function retentionViewOf(wishes: Wishes): RetentionView | undefined {
  const { schedule, backups, now } = wishes
  return schedule && { now, schedule, backups, restores: restoresOf(wishes), clusters: [] }
}

function runOf(world: World, backup: EtcdBackup, name: string): AgentRun {
  const job = world.jobs.find((one) => one.name === name)
  if (job === undefined) return { job: { state: 'absent' }, pods: [], refusal: undefined }
  const { uid } = job
  if (job.owner.uid !== backup.metadata.uid) return { job: { state: 'earlier', uid }, pods: [], refusal: undefined }
  const pods = podsOf(world, job)
  const ready = pods.some(isLiving)
  const failure = job.failure && { reason: job.failure, message: '' }
  const value = { state: job.state, ready, failure, endedAt: job.endedAt }
  // Pods aren't looked at while one of them runs.
  return {
    job: { state: 'ours', uid, resourceVersion: '', deleting: job.deleting, value },
    pods: ready ? [] : pods.toReversed().map(agentPod),
    refusal: undefined,
  }
}

function agentPod({ uid, result, exitCode }: Pod): AgentPod {
  const exit = result === undefined ? { container: 'agent', code: exitCode ?? 137, reason: 'Error', message: '' } : undefined
  return anAgentPod({ name: uid, result, exit })
}

function claimOf({ volume }: World): ClaimFacts {
  if (volume === undefined) return { state: 'absent' }
  return volume.deleting ? { state: 'deleting' } : { state: 'present', oneNode: true, node: undefined }
}

/** By their labels, which tell the backup's name. */
function writersOf({ pods }: World, backup: string): readonly string[] {
  return pods.filter((pod) => pod.task === 'backup' && pod.owner.name === backup && isLiving(pod)).map(({ uid }) => uid)
}

function restoresOf({ reading }: Wishes): readonly EtcdRestore[] {
  return reading === undefined ? [] : [anEtcdRestore({ backup: reading.metadata.name }, 'Verifying')]
}
