import { ETCD_CLUSTER, PERSISTENT_VOLUME_CLAIM, type PersistentVolumeClaim } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { volumesFinalizer } from '../../api/labels.ts'
import { hasVolumesFinalizer, volumesGoToo } from '../../model/cluster/deletion.ts'
import type { ObjectReader } from '../../observe/watches/reader.ts'
import type { StepContext } from './performer.ts'

/**
 * Applies spec.storage.deletionPolicy before any member is asked, also while the cluster is paused: the user alone decides about the
 * data. The EtcdCluster has the finalizer exactly while its volumes are to be deleted with it, and no claim has the EtcdCluster as its
 * owner, as claims had in earlier versions. Returns the EtcdCluster with its present finalizers.
 */
export async function followDeletionPolicy(
  kube: Kube,
  reader: ObjectReader,
  cluster: EtcdCluster,
  signal: AbortSignal,
): Promise<EtcdCluster> {
  // The finalizer first: once a claim has no owner, only the operator deletes it, and the finalizer makes sure of that.
  const kept = await keepFinalizer(kube, cluster, signal)
  await releaseVolumes(kube, reader, kept, signal)
  return kept
}

/** A step of the plan while the EtcdCluster is being deleted. */
export async function removeFinalizer({ live, view, signal }: StepContext): Promise<void> {
  // Removing the last finalizer deletes the object: a cache that took the written object afterwards might keep it for ever.
  await writeFinalizers(live, view.cluster, othersOf(view.cluster), signal)
}

async function keepFinalizer(kube: Kube, cluster: EtcdCluster, signal: AbortSignal): Promise<EtcdCluster> {
  // The API server accepts no new finalizer on an object that is being deleted; its finalizer is then removed by a step of the plan.
  if (cluster.metadata.deletionTimestamp !== undefined || hasVolumesFinalizer(cluster) === volumesGoToo(cluster)) return cluster
  const others = othersOf(cluster)
  return writeFinalizers(kube, cluster, volumesGoToo(cluster) ? [...others, volumesFinalizer] : others, signal)
}

function othersOf({ metadata }: EtcdCluster): readonly string[] {
  return metadata.finalizers?.filter((finalizer) => finalizer !== volumesFinalizer) ?? []
}

/** By compare-and-swap, because the whole list is written, including the finalizers of others. */
function writeFinalizers(kube: Kube, cluster: EtcdCluster, finalizers: readonly string[], signal: AbortSignal): Promise<EtcdCluster> {
  const { uid, resourceVersion } = cluster.metadata
  return kube.patch(ETCD_CLUSTER, cluster.metadata, { metadata: { uid, resourceVersion, finalizers } }, signal)
}

async function releaseVolumes(kube: Kube, reader: ObjectReader, cluster: EtcdCluster, signal: AbortSignal): Promise<void> {
  const { namespace, name, uid, deletionTimestamp } = cluster.metadata
  // The garbage collector deletes the owned claims, as the policy says, and the finalizer can't be added any more.
  if (deletionTimestamp !== undefined && volumesGoToo(cluster)) return
  const claims = await reader.ofCluster(PERSISTENT_VOLUME_CLAIM, namespace, name, signal)
  const owned = claims.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid))
  // A claim that can't be released doesn't hold up the others.
  const released = await Promise.allSettled(owned.map((claim) => release(kube, claim, uid, signal)))
  const failed = released.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

async function release(kube: Kube, { metadata }: PersistentVolumeClaim, ownerUid: string, signal: AbortSignal): Promise<void> {
  const { namespace = '', name, uid, resourceVersion } = metadata
  const ownerReferences = metadata.ownerReferences?.filter((owner) => owner.uid !== ownerUid) ?? []
  await kube.patch(PERSISTENT_VOLUME_CLAIM, { namespace, name }, { metadata: { uid, resourceVersion, ownerReferences } }, signal)
}
