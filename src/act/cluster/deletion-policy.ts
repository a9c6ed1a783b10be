import { ETCD_CLUSTER, PERSISTENT_VOLUME_CLAIM, type PersistentVolumeClaim } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { volumesFinalizer } from '../../api/labels.ts'
import { hasVolumesFinalizer, volumesGoToo } from '../../model/cluster/deletion.ts'
import type { ObjectReader } from '../../observe/watches/reader.ts'
import type { StepContext } from './performer.ts'

/**
 * Makes spec.storage.deletionPolicy hold, before any member is asked and whether the cluster is paused or not: what becomes of the
 * data is decided by the user alone. The finalizer is there exactly while the volumes are to be deleted, and no claim has the
 * EtcdCluster as its owner, as it had in earlier versions. Returns the EtcdCluster as it is then.
 */
export async function followDeletionPolicy(
  kube: Kube,
  reader: ObjectReader,
  cluster: EtcdCluster,
  signal: AbortSignal,
): Promise<EtcdCluster> {
  // The finalizer first: a claim without an owner is deleted by nobody else.
  const kept = await keepFinalizer(kube, cluster, signal)
  await releaseVolumes(kube, reader, kept, signal)
  return kept
}

/** A step of the plan, taken when the EtcdCluster is being deleted. */
export async function removeFinalizer({ live, view, signal }: StepContext): Promise<void> {
  // With its last finalizer the object goes: a cache that was told of it now might keep it for ever.
  await writeFinalizers(live, view.cluster, othersOf(view.cluster), signal)
}

async function keepFinalizer(kube: Kube, cluster: EtcdCluster, signal: AbortSignal): Promise<EtcdCluster> {
  // The API server takes no new finalizer for an object that is being deleted; removing one then is a step of the plan.
  if (cluster.metadata.deletionTimestamp !== undefined || hasVolumesFinalizer(cluster) === volumesGoToo(cluster)) return cluster
  const others = othersOf(cluster)
  return writeFinalizers(kube, cluster, volumesGoToo(cluster) ? [...others, volumesFinalizer] : others, signal)
}

function othersOf({ metadata }: EtcdCluster): readonly string[] {
  return metadata.finalizers?.filter((finalizer) => finalizer !== volumesFinalizer) ?? []
}

/** By compare-and-swap: the list is written as a whole, and other finalizers stand in it. */
function writeFinalizers(kube: Kube, cluster: EtcdCluster, finalizers: readonly string[], signal: AbortSignal): Promise<EtcdCluster> {
  const { uid, resourceVersion } = cluster.metadata
  return kube.patch(ETCD_CLUSTER, cluster.metadata, { metadata: { uid, resourceVersion, finalizers } }, signal)
}

async function releaseVolumes(kube: Kube, reader: ObjectReader, cluster: EtcdCluster, signal: AbortSignal): Promise<void> {
  const { namespace, name, uid, deletionTimestamp } = cluster.metadata
  // The garbage collector is about to delete them, as the policy says, and no finalizer could be added any more.
  if (deletionTimestamp !== undefined && volumesGoToo(cluster)) return
  const claims = await reader.ofCluster(PERSISTENT_VOLUME_CLAIM, namespace, name, signal)
  const owned = claims.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid))
  // Each by itself: the claim that can't be released holds up no other.
  const released = await Promise.allSettled(owned.map((claim) => release(kube, claim, uid, signal)))
  const failed = released.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

async function release(kube: Kube, { metadata }: PersistentVolumeClaim, ownerUid: string, signal: AbortSignal): Promise<void> {
  const { namespace = '', name, uid, resourceVersion } = metadata
  const ownerReferences = metadata.ownerReferences?.filter((owner) => owner.uid !== ownerUid) ?? []
  await kube.patch(PERSISTENT_VOLUME_CLAIM, { namespace, name }, { metadata: { uid, resourceVersion, ownerReferences } }, signal)
}
