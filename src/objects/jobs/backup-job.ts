import { apiVersion, type EtcdCluster } from '../../api/etcd-cluster.ts'
import { annotation, label } from '../../api/labels.ts'
import type { AgentImage } from '../../model/agent/image.ts'
import type { BackupTask } from '../../model/agent/task.ts'
import { type BackupView, claimNameOf, locationOf, timeLeftMs, votersOf } from '../../model/backup/view.ts'
import { backupJobName, clientUrl, deletionJobName } from '../../model/names.ts'
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
  return { namespace, labels: { [label.backup]: name }, annotations: { [annotation.backupUid]: uid }, image, backups: volumeOf(view) }
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
    cluster: { name: cluster.metadata.name, uid: cluster.metadata.uid, spec: cluster.spec },
    clusterId: cluster.status?.clusterID ?? '',
    endpoints: votersOf(cluster).map((member) => ({ member, url: clientUrl(cluster, member) })),
    location: locationOf(backup),
  }
}
