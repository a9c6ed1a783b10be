import { apiVersion, type EtcdCluster, type TlsMode } from '../../api/etcd-cluster.ts'
import { annotation, label, manager, recommended } from '../../api/labels.ts'
import type { AgentImage } from '../../model/agent/image.ts'
import type { BackupTask } from '../../model/agent/task.ts'
import { type BackupView, claimNameOf, locationOf, timeLeftMs, votersOf } from '../../model/backup/view.ts'
import { shortHash } from '../../model/hash.ts'
import { backupJobName, clientScheme, clientUrl, deletionJobName, tlsServerName } from '../../model/names.ts'
import { rfc3339 } from '../../model/rfc3339.ts'
import type { Manifest } from '../manifest.ts'
import { agentJob } from './agent-job.ts'
import type { BackupsVolume } from './job-request.ts'

/**
 * The Job stays this long for an operator that is away: only the Job's pod tells that the file is stored. An operator that is there
 * deletes the Job earlier (plan/clear-job.ts).
 */
const weekSeconds = 7 * 24 * 3600

/** The Job that takes the backup. It is deleted with its EtcdBackup; Kubernetes stops it when spec.timeout is over. */
export function backupJob(view: BackupView, cluster: EtcdCluster, image: AgentImage): Manifest {
  const { name, uid } = view.backup.metadata
  return agentJob({
    ...common(view, image),
    name: backupJobName(name),
    owner: { apiVersion, kind: 'EtcdBackup', name, uid, controller: true, blockOwnerDeletion: true },
    task: backupTask(view, cluster),
    spec: cluster.spec,
    ...(speaksTls(cluster) ? { credentials: agentSecretName(view) } : {}),
    deadlineSeconds: Math.max(1, Math.ceil(timeLeftMs(view) / 1000)),
    keepSeconds: weekSeconds,
  })
}

/**
 * The Job that removes the file. It has no owner: with foreground deletion the garbage collector would delete it before it has done its
 * work.
 */
export function deletionJob(view: BackupView, image: AgentImage): Manifest {
  const { backup, cluster } = view
  return agentJob({
    ...common(view, image),
    name: deletionJobName(backup.metadata.name),
    task: { do: 'delete', backupUid: backup.metadata.uid, location: backup.status?.location ?? locationOf(backup) },
    ...(cluster ? { spec: cluster.spec } : {}),
    deadlineSeconds: 600,
    // Longer than the pause before another try; another EtcdBackup of this name may need the Job's name after that.
    keepSeconds: 150,
  })
}

function common(view: BackupView, image: AgentImage) {
  const { namespace, name, uid } = view.backup.metadata
  const { cluster } = view.backup.spec
  return {
    namespace,
    cluster,
    labels: { [label.backup]: name },
    annotations: { [annotation.backupUid]: uid },
    image,
    backups: volumeOf(view),
  }
}

function volumeOf({ backup, claim }: BackupView): BackupsVolume {
  const where = claim?.state === 'present' ? { oneNode: claim.oneNode, node: claim.node } : { oneNode: true }
  return { claimName: claimNameOf(backup), readOnly: false, ...where }
}

function backupTask({ backup, now }: BackupView, cluster: EtcdCluster): BackupTask {
  const { namespace, name, uid } = backup.metadata
  return {
    do: 'backup',
    backup: { namespace, name, uid, startTime: backup.status?.startTime ?? rfc3339(now) },
    cluster: { name: cluster.metadata.name, uid: cluster.metadata.uid, spec: cluster.spec, tls: modeOf(cluster) },
    ...(speaksTls(cluster) ? { tls: { serverName: tlsServerName(cluster) } } : {}),
    clusterId: cluster.status?.clusterID ?? '',
    endpoints: votersOf(cluster).map((member) => ({ member, url: clientUrl(cluster, member, clientScheme(modeOf(cluster))) })),
    location: locationOf(backup),
  }
}

/** What the weakest member runs: every member takes clients as that one does, because neighbouring profiles have a way in common. */
function modeOf({ status }: EtcdCluster): TlsMode {
  return status?.tls?.mode ?? 'Off'
}

export function speaksTls(cluster: EtcdCluster): boolean {
  return modeOf(cluster) !== 'Off'
}

/**
 * The Secret with the certificate of a backup's Job. Another one for each Job: that of the Job before may be about to be deleted with it, and
 * nobody else's has this name.
 */
export function agentSecretName({ backup, now }: BackupView): string {
  return `${backupJobName(backup.metadata.name)}-${shortHash([backup.metadata.uid, now])}`
}

/** As it is created, before its Job: it goes with the EtcdBackup until its Job is there to own it. */
export function agentSecret(view: BackupView, stringData: Readonly<Record<string, string>>): AgentSecret {
  const { namespace, name, uid } = view.backup.metadata
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: {
      namespace,
      name: agentSecretName(view),
      labels: {
        [label.backup]: name,
        [recommended.name]: 'etcd-operator-agent',
        [recommended.component]: 'backup',
        [recommended.partOf]: view.backup.spec.cluster,
        [recommended.managedBy]: manager,
      },
      ownerReferences: [{ apiVersion, kind: 'EtcdBackup', name, uid }],
    },
    stringData,
  }
}

interface AgentSecret {
  readonly apiVersion: 'v1'
  readonly kind: 'Secret'
  readonly type: 'kubernetes.io/tls'
  readonly metadata: {
    readonly namespace: string
    readonly name: string
    readonly labels: Readonly<Record<string, string>>
    readonly ownerReferences: { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly uid: string }[]
  }
  readonly stringData: Readonly<Record<string, string>>
}
