import type { EtcdBackup, EtcdBackupStatus } from '../../src/api/backups.ts'
import type { Condition, EtcdCluster } from '../../src/api/etcd-cluster.ts'
import { storedBackupFinalizer } from '../../src/api/labels.ts'
import type { AgentReason, Reason } from '../../src/api/reasons.ts'
import type { AgentPod, AgentRun, JobFacts } from '../../src/model/agent/run.ts'
import type { AgentResult } from '../../src/model/agent/task.ts'
import type { BackupView } from '../../src/model/backup/view.ts'
import type { ClaimFacts } from '../../src/model/claim.ts'
import { known, unknown } from '../../src/model/known.ts'
import { rfc3339 } from '../../src/model/rfc3339.ts'
import { anEtcdCluster, clusterId, now, type SpecWish } from './a-cluster.ts'
import { anAgentPod } from './a-pod-report.ts'
import { snapshot } from './a-restore.ts'
import { withCrdDefaults } from './crd-defaults.ts'

export const backupUid = 'uid-b1'

export const backedUp: Extract<AgentResult, { result: 'BackedUp' }> = {
  result: 'BackedUp',
  snapshot,
  member: 'demo-1',
  clusterId,
  etcdVersion: '3.6.16',
  completionTime: rfc3339(now + 4_000),
  streamMs: 120,
  verifyMs: 80,
}

interface BackupWish {
  readonly deletionPolicy?: 'Retain' | 'Delete'
  readonly path?: string
  readonly timeout?: string
}

/** An EtcdBackup b1 of demo that was taken up a minute ago; the cluster and the claim are there. */
export function aBackup({ path, ...spec }: BackupWish = {}): BackupScene {
  const volume = { claimName: 'backups', ...(path === undefined ? {} : { path }) }
  const backup = withCrdDefaults<EtcdBackup>('etcdbackups', {
    metadata: { name: 'b1', namespace: 'ns', uid: backupUid, resourceVersion: '7', generation: 1, creationTimestamp: '' },
    spec: { cluster: 'demo', storage: { volume }, ...spec },
    status: { phase: 'Pending', startTime: rfc3339(now - 60_000) },
  })
  return new BackupScene({
    now,
    backup,
    cluster: aFormedCluster(),
    otherClusters: [],
    claim: { state: 'present', oneNode: true, node: undefined },
    work: noJob,
    removal: noJob,
    writers: [],
    agentImage: known({ name: 'etcd-operator:dev', pullPolicy: 'IfNotPresent', pullSecrets: [] }),
    readers: [],
    namespaceTerminating: false,
  })
}

export function aFormedCluster(spec: SpecWish = {}): EtcdCluster {
  const row = { id: '1', leader: false, ready: true, message: '' }
  const voters = ['demo-0', 'demo-1', 'demo-2'].map((name) => ({ ...row, name, role: 'Voter' as const }))
  return anEtcdCluster(spec, { clusterID: clusterId, memberStatus: [...voters, { ...row, name: 'demo-3', role: 'Learner' }] })
}

const noJob: AgentRun = { job: { state: 'absent' }, pods: [], refusal: undefined }
const aJob: JobFacts = { state: 'running', ready: false, failure: undefined, endedAt: undefined }

/** A Job of ours, told by what it differs in from one that was just made. */
export function aRun(job: Partial<JobFacts> = {}, pods: readonly Partial<AgentPod>[] = []): AgentRun {
  const value = { ...aJob, ...job }
  return {
    job: { state: 'ours', uid: 'uid-job', resourceVersion: '3', deleting: false, value },
    pods: pods.map((pod) => anAgentPod({ name: 'b1-backup-x', ...pod })),
    refusal: undefined,
  }
}

export function failedWith(reason: AgentReason): Partial<AgentPod> {
  return { result: { result: 'Failed', reason, message: `said ${reason}` } }
}

/** A view that reads as a sentence: `aBackup({ deletionPolicy: 'Delete' }).finalized().deleted()`. */
export class BackupScene implements BackupView {
  readonly now!: number
  readonly backup!: EtcdBackup
  readonly cluster!: EtcdCluster | undefined
  readonly claim!: ClaimFacts | undefined
  readonly work!: AgentRun
  readonly removal!: AgentRun
  readonly writers!: readonly string[]
  readonly otherClusters!: readonly string[]
  readonly agentImage!: BackupView['agentImage']
  readonly readers!: readonly string[]
  readonly namespaceTerminating!: boolean

  constructor(view: BackupView) {
    Object.assign(this, view)
  }

  with(changes: Partial<BackupView>): BackupScene {
    return new BackupScene({ ...this, ...changes })
  }

  /** Nobody has looked at it yet. */
  fresh(): BackupScene {
    return this.with({ backup: { ...this.backup, status: { observedGeneration: -1 } } })
  }

  withStatus(status: EtcdBackupStatus): BackupScene {
    return this.with({ backup: { ...this.backup, status: { ...this.backup.status, ...status } } })
  }

  inPhase(phase: NonNullable<EtcdBackupStatus['phase']>): BackupScene {
    return this.withStatus({ phase })
  }

  /** As its status says it. */
  lastSeen(reason: Reason, message = `said ${reason}`): BackupScene {
    const condition: Condition = { type: 'Complete', status: 'Unknown', reason, message, lastTransitionTime: rfc3339(now) }
    return this.withStatus({ conditions: [condition] })
  }

  finalized(): BackupScene {
    return this.withMetadata({ finalizers: ['somebody.example/else', storedBackupFinalizer] })
  }

  deleted(minutesAgo = 0): BackupScene {
    return this.withMetadata({ deletionTimestamp: rfc3339(now - minutesAgo * 60_000) })
  }

  /** Since it was taken up. */
  after(minutes: number): BackupScene {
    return this.withStatus({ startTime: rfc3339(now - minutes * 60_000) })
  }

  working(work: AgentRun = aRun({ ready: true })): BackupScene {
    return this.with({ work })
  }

  /** Its Job is being deleted. */
  jobGoing(): BackupScene {
    const { job } = this.work
    return job.state === 'ours' ? this.with({ work: { ...this.work, job: { ...job, deleting: true } } }) : this
  }

  removing(removal: AgentRun = aRun({ ready: true })): BackupScene {
    return this.with({ removal })
  }

  withoutImage(): BackupScene {
    return this.with({ agentImage: unknown('there is no pod etcd-operator-1') })
  }

  private withMetadata(metadata: Partial<EtcdBackup['metadata']>): BackupScene {
    return this.with({ backup: { ...this.backup, metadata: { ...this.backup.metadata, ...metadata } } })
  }
}
