import { apiVersion, type EtcdClusterSpec } from '../../api/etcd-cluster.ts'
import { label } from '../../api/labels.ts'
import type { AgentImage } from '../../model/agent/image.ts'
import type { VerifyTask } from '../../model/agent/task.ts'
import { sourceJobName } from '../../model/names.ts'
import type { SourceFile } from '../../model/restore/source.ts'
import type { RestoreView } from '../../model/restore/view.ts'
import type { Manifest } from '../manifest.ts'
import { agentJob } from './agent-job.ts'
import { withoutPlacement } from './without-placement.ts'

/**
 * The Job that reads the source of an EtcdRestore from beginning to end. It mounts the volume with the backups, read-only, and
 * nothing else. Which etcd is to open the file isn't known before its manifest has been read.
 *
 * @param like the cluster whose members' priority, tolerations and resources it has, where one is known
 */
export function sourceJob(view: RestoreView, file: SourceFile, image: AgentImage, like: EtcdClusterSpec | undefined): Manifest {
  const { name, namespace, uid } = view.restore.metadata
  const { claimName, path, expected } = file
  const task: VerifyTask = { do: 'verify', location: path, ...(expected ? { expected } : {}) }
  return agentJob({
    name: sourceJobName(view.restore),
    namespace,
    cluster: view.restore.spec.cluster,
    labels: { [label.restore]: name },
    owner: { apiVersion, kind: 'EtcdRestore', name, uid, controller: true, blockOwnerDeletion: true },
    image,
    task,
    backups: { claimName, readOnly: true, ...view.mounts },
    ...(like ? { spec: withoutPlacement(like) } : {}),
  })
}
