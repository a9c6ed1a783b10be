import type { EtcdBackup, EtcdBackupStatus, EtcdRestore, EtcdRestoreStatus, RestoreSource } from '../../src/api/backups.ts'
import type { Condition, EtcdCluster, EtcdClusterStatus, RestoredFrom } from '../../src/api/etcd-cluster.ts'
import { annotation, label } from '../../src/api/labels.ts'
import type { AgentReason } from '../../src/api/reasons.ts'
import { packSpec } from '../../src/model/agent/packed-spec.ts'
import type { AgentPod, AgentRun } from '../../src/model/agent/run.ts'
import type { AgentResult, SnapshotFacts } from '../../src/model/agent/task.ts'
import type { ClaimFacts } from '../../src/model/claim.ts'
import { known, unknown } from '../../src/model/known.ts'
import { formatVerified } from '../../src/model/restore/verified-snapshot.ts'
import type { RestoreView } from '../../src/model/restore/view.ts'
import { anEtcdCluster, incarnation, now, type SpecWish } from './a-cluster.ts'
import { anAgentPod } from './a-pod-report.ts'
import { withCrdDefaults } from './crd-defaults.ts'

export const restoreUid = 'uid-r1'
export const bareFile: RestoreSource = { volume: { claimName: 'backups', path: 'demo/b1.db' } }

export const snapshot: SnapshotFacts = {
  size: 40_992,
  sha256: 'a'.repeat(64),
  bodySha256: 'b'.repeat(64),
  revision: '35',
  lastEntry: '35',
  totalKeys: 29,
  liveKeys: 27,
  storageVersion: '3.6',
}

const { storageVersion: _storageVersion, ...facts } = snapshot
/** As an EtcdCluster freezes it: what was verified, and what is added to the revision. */
export const from: RestoredFrom = { claimName: 'backups', path: 'demo/b1.db', ...facts, bump: '1000000000' }

/** What a restore that names a file of its own accord wishes for, unless told otherwise. */
interface RestoreWish {
  readonly source?: RestoreSource
  readonly clusterSpec?: Readonly<Record<string, unknown>>
}

/** An EtcdRestore r1 of backup b1 into demo2 that nobody has looked at yet. */
export function aRestore({ source = { backup: 'b1' }, clusterSpec }: RestoreWish = {}): RestoreScene {
  const metadata = { name: 'r1', namespace: 'ns', uid: restoreUid, resourceVersion: '7', generation: 1, creationTimestamp: '' }
  const restore = withCrdDefaults<EtcdRestore>('etcdrestores', {
    metadata,
    spec: { source, cluster: 'demo2', ...(clusterSpec ? { clusterSpec } : {}) },
  })
  return new RestoreScene({
    now,
    restore,
    cluster: undefined,
    source: { backup: source.backup === undefined ? undefined : aCompletedBackup(), claim: presentClaim },
    mounts: { oneNode: true, node: 'n1' },
    verification: { job: { state: 'absent' }, pods: [], refusal: undefined },
    agentImage: known(agentImage),
  })
}

export const agentImage = { name: 'etcd-operator:dev', pullPolicy: 'IfNotPresent', pullSecrets: [] }
export const presentClaim = known({ state: 'present', oneNode: true, node: 'n1' } as const)

function aCompletedBackup(): EtcdBackup {
  return aStoredBackup({ phase: 'Completed', location: 'demo/b1.db', sha256: snapshot.sha256, revision: snapshot.revision })
}

export function aStoredBackup(status: EtcdBackupStatus): EtcdBackup {
  const metadata = { name: 'b1', namespace: 'ns', uid: 'uid-b1', resourceVersion: '1', generation: 1, creationTimestamp: '' }
  return withCrdDefaults('etcdbackups', { metadata, spec: { cluster: 'demo', storage: { volume: { claimName: 'backups' } } }, status })
}

type Job = Extract<AgentRun['job'], { state: 'ours' }>

/** A view that reads as a sentence: `aRestore().verified().made()`. */
export class RestoreScene implements RestoreView {
  readonly now!: number
  readonly restore!: EtcdRestore
  readonly cluster!: EtcdCluster | undefined
  readonly source!: RestoreView['source']
  readonly mounts!: RestoreView['mounts']
  readonly verification!: AgentRun
  readonly agentImage!: RestoreView['agentImage']

  constructor(view: RestoreView) {
    Object.assign(this, view)
  }

  with(changes: Partial<RestoreView>): RestoreScene {
    return new RestoreScene({ ...this, ...changes })
  }

  inPhase(phase: NonNullable<EtcdRestoreStatus['phase']>, more: EtcdRestoreStatus = {}): RestoreScene {
    return this.with({ restore: { ...this.restore, status: { ...this.restore.status, ...more, phase } } })
  }

  deleted(): RestoreScene {
    const metadata = { ...this.restore.metadata, deletionTimestamp: '2026-11-21T10:00:00Z' }
    return this.with({ restore: { ...this.restore, metadata } })
  }

  withBackup(status: EtcdBackupStatus): RestoreScene {
    return this.with({ source: { ...this.source, backup: aStoredBackup(status) } })
  }

  withoutBackup(): RestoreScene {
    return this.with({ source: { backup: undefined, claim: known({ state: 'absent' }) } })
  }

  withClaim(claim: ClaimFacts): RestoreScene {
    return this.with({ source: { ...this.source, claim: known(claim) } })
  }

  withoutAgentImage(): RestoreScene {
    return this.with({ agentImage: unknown('there is no pod etcd-operator-1') })
  }

  // The Job that reads the file

  withJob(job: AgentRun['job']): RestoreScene {
    return this.with({ verification: { ...this.verification, job } })
  }

  verifying(pod?: AgentPod): RestoreScene {
    return this.withRun({ state: 'running', failure: undefined }, pod ? [pod] : [])
  }

  /** With the manifest of a cluster of this spec beside the file; `undefined`: without one. */
  verified(spec: unknown = anEtcdCluster().spec, found: Partial<SnapshotFacts> = {}): RestoreScene {
    const manifest = { cluster: 'demo', clusterId: 'c1c1', etcdVersion: '3.6.16', spec: packSpec(spec) }
    return this.reported({ result: 'Verified', snapshot: { ...snapshot, ...found }, manifest })
  }

  verifiedBare(found: Partial<SnapshotFacts> = {}): RestoreScene {
    return this.reported({ result: 'Verified', snapshot: { ...snapshot, ...found } })
  }

  refused(reason: AgentReason): RestoreScene {
    return this.withRun({ state: 'failed', failure }, [{ ...aPod, result: { result: 'Failed', reason, message: `said ${reason}` } }])
  }

  tryingAgain(reason: AgentReason): RestoreScene {
    const last: AgentPod = { ...aPod, result: { result: 'Failed', reason, message: `said ${reason}` } }
    return this.withRun({ state: 'running', failure: undefined }, [last])
  }

  jobGoing(): RestoreScene {
    const { job } = this.verification
    return job.state === 'ours' ? this.withJob({ ...job, deleting: true }) : this
  }

  killed(): RestoreScene {
    const exit = { container: 'agent', code: 137, reason: 'OOMKilled', message: '' }
    return this.withRun({ state: 'failed', failure }, [{ ...aPod, exit }])
  }

  outOfTime(): RestoreScene {
    return this.withRun({ state: 'failed', failure: { reason: 'DeadlineExceeded', message: '' } }, [])
  }

  /** The Job has ended, and its pods are gone. */
  silent(state: 'succeeded' | 'failed'): RestoreScene {
    return this.withRun({ state, failure: state === 'failed' ? failure : undefined }, [])
  }

  reported(result: AgentResult): RestoreScene {
    return this.withRun({ state: 'succeeded', failure: undefined }, [{ ...aPod, result }])
  }

  private withRun(job: Pick<Job['value'], 'state' | 'failure'>, pods: readonly AgentPod[]): RestoreScene {
    const value = { ...job, ready: false, endedAt: undefined }
    return this.with({
      verification: { job: { state: 'ours', uid: 'uid-job', resourceVersion: '3', deleting: false, value }, pods, refusal: undefined },
    })
  }

  // The EtcdCluster

  /** Somebody's EtcdCluster of that name. */
  withForeignCluster(): RestoreScene {
    return this.with({ cluster: named(anEtcdCluster(), {}) })
  }

  /** The EtcdCluster that this EtcdRestore made; when it has a status it began with the backup. */
  made(spec: SpecWish = { size: 3 }, status?: EtcdClusterStatus): RestoreScene {
    const noted = { source: 'backup b1', claimName: 'backups', path: 'demo/b1.db', snapshot }
    const annotations = { [annotation.restoreUid]: restoreUid, [annotation.verified]: formatVerified(noted) }
    return this.with({
      cluster: named(anEtcdCluster(spec, status && { bootstrap: begunWith(from), ...status }), {
        annotations,
        labels: { [label.restore]: 'r1' },
      }),
    })
  }

  /** A tool has replaced the EtcdCluster, and with it its annotations. */
  replaced(): RestoreScene {
    const { cluster } = this
    return cluster === undefined ? this : this.with({ cluster: { ...cluster, metadata: { ...cluster.metadata, annotations: {} } } })
  }

  clusterGoing(): RestoreScene {
    const { cluster } = this
    if (cluster === undefined) return this
    return this.with({ cluster: { ...cluster, metadata: { ...cluster.metadata, deletionTimestamp: '2026-11-21T10:00:00Z' } } })
  }
}

export function begunWith(restore?: RestoredFrom): NonNullable<EtcdClusterStatus['bootstrap']> {
  return { size: 1, token: 'demo2-uid-demo2-0', incarnation, ...(restore ? { restore } : {}) }
}

export function clusterCondition(type: string, reason: string, message = `said ${reason}`): Condition {
  return { type, status: 'True', reason, message, observedGeneration: 1, lastTransitionTime: '2026-11-21T10:00:00Z' }
}

const failure = { reason: 'PodFailurePolicy', message: 'a container failed' }
const aPod = anAgentPod({ name: 'r1-source-x' })

function named(cluster: EtcdCluster, metadata: Partial<EtcdCluster['metadata']>): EtcdCluster {
  return { ...cluster, metadata: { ...cluster.metadata, name: 'demo2', uid: 'uid-demo2', ...metadata } }
}
