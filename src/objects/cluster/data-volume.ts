import { annotation, label } from '../../api/labels.ts'
import { incarnation } from '../../model/cluster/identity.ts'
import { formatStorageWish } from '../../model/cluster/storage-wish.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { volumeName } from '../../model/names.ts'
import type { Manifest } from '../manifest.ts'

/** The claim of each member's data, as the StatefulSet makes it. */
export function dataVolumeTemplate(view: ClusterView): object {
  return { metadata: { name: 'data', ...marks(view) }, spec: claimSpec(view) }
}

/** The same claim, created before the StatefulSet exists: a restore writes onto it first. */
export function dataVolume(view: ClusterView, member: string): Manifest {
  const { namespace } = view.cluster.metadata
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: volumeName(member), namespace, ...marks(view) },
    spec: claimSpec(view),
  }
}

function marks(view: ClusterView) {
  const { name, uid } = view.cluster.metadata
  return {
    // Only the operator's own labels: a tool that prunes by app.kubernetes.io/instance must never find a volume.
    labels: { [label.cluster]: name },
    annotations: {
      [annotation.clusterUid]: uid,
      [annotation.incarnation]: incarnation(view),
      [annotation.storage]: formatStorageWish(view.cluster),
    },
  }
}

function claimSpec(view: ClusterView): object {
  const { storage } = view.cluster.spec
  return {
    accessModes: ['ReadWriteOnce'],
    ...(storage.className === '' ? {} : { storageClassName: storage.className }),
    resources: { requests: { storage: String(storage.size) } },
  }
}
