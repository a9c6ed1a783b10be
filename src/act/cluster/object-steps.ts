import { Failure } from '../../adapters/failure.ts'
import { CONFIG_MAP, JOB, PERSISTENT_VOLUME_CLAIM, POD, STATEFUL_SET } from '../../adapters/kube/kinds.ts'
import type { KubeObject } from '../../adapters/kube/object.ts'
import { annotation, label } from '../../api/labels.ts'
import { nextCluster } from '../../model/cluster/next-cluster.ts'
import { nextVersionOf } from '../../model/cluster/next-version.ts'
import { formatStorageWish } from '../../model/cluster/storage-wish.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { mergePatchTo } from '../../model/merge-patch.ts'
import { configKey, configName, maxReplicas } from '../../model/names.ts'
import { dataVolume } from '../../objects/cluster/data-volume.ts'
import { podTemplate, statefulSet } from '../../objects/cluster/stateful-set.ts'
import { configMap, memberConfigText } from '../../objects/etcd-config/member-config.ts'
import { restoreJob, verifyJob } from '../../objects/jobs/restore-jobs.ts'
import type { StepContext, StepOf } from './performer.ts'

/** Steps that create, change or delete one of the cluster's Kubernetes objects. */

export async function createVerifyJob({ kube, view, signal }: StepContext, { file, needs }: StepOf<'CreateVerifyJob'>): Promise<void> {
  await kube.create(JOB, verifyJob(view, file, needs), signal)
}

export async function createVolume({ kube, view, signal }: StepContext, { member }: StepOf<'CreateVolume'>): Promise<void> {
  await kube.create(PERSISTENT_VOLUME_CLAIM, dataVolume(view, member), signal)
}

export async function createRestoreJob({ kube, view, signal }: StepContext, { from, needs }: StepOf<'CreateRestoreJob'>): Promise<void> {
  await kube.create(JOB, restoreJob(view, from, needs), signal)
}

export async function deleteJob({ kube, view, signal }: StepContext, { job, uid }: StepOf<'DeleteJob'>): Promise<void> {
  // Foreground deletion: the Job's name is free only after its pods were deleted, so two Jobs never write to one volume.
  const options = { propagationPolicy: 'Foreground' } as const
  await kube.delete(JOB, { namespace: view.cluster.metadata.namespace, name: job }, { uid }, signal, options)
}

export async function writeConfig({ kube, view, signal }: StepContext, { write, remove }: StepOf<'WriteConfig'>): Promise<void> {
  const { cluster, config } = view
  const written = Object.entries(write).map(([member, initial]) => [configKey(member), memberConfigText(view, member, initial)] as const)
  if (config.state !== 'ours') {
    await kube.create(CONFIG_MAP, configMap(cluster, Object.fromEntries(written)), signal)
    return
  }
  const { uid, resourceVersion } = config
  const removed = remove.map((member) => [configKey(member), null] as const)
  const body = { metadata: { uid, resourceVersion }, data: Object.fromEntries([...written, ...removed]) }
  await kube.patch(CONFIG_MAP, { namespace: cluster.metadata.namespace, name: configName(cluster) }, body, signal)
}

export async function createStatefulSet({ kube, view, signal }: StepContext, { replicas }: StepOf<'CreateStatefulSet'>): Promise<void> {
  await kube.create(STATEFUL_SET, statefulSet(view, bounded(replicas)), signal)
}

export async function setReplicas({ kube, view, signal }: StepContext, { uid, replicas }: StepOf<'SetReplicas'>): Promise<void> {
  const { namespace, name } = view.cluster.metadata
  const body = { metadata: statefulSetAsSeen(view, uid), spec: { replicas: bounded(replicas) } }
  await kube.patch(STATEFUL_SET, { namespace, name }, body, signal)
}

export async function updateTemplate(
  { kube, view, objects, signal }: StepContext,
  { uid, template: hash }: StepOf<'UpdateTemplate'>,
): Promise<void> {
  const { namespace, name } = view.cluster.metadata
  const metadata = {
    ...statefulSetAsSeen(view, uid),
    annotations: { [annotation.template]: hash, [annotation.version]: nextVersionOf(view) },
  }
  // Fields that the desired template lacks are removed; the API server fills in its defaults.
  const template = mergePatchTo(objects.statefulSet?.spec?.template, podTemplate(nextCluster(view)))
  await kube.patch(STATEFUL_SET, { namespace, name }, { metadata, spec: { template } }, signal)
}

export async function stopServing({ kube, view, signal }: StepContext, { member, uid }: StepOf<'StopServing'>): Promise<void> {
  const { namespace } = view.cluster.metadata
  await kube.patch(POD, { namespace, name: member }, { metadata: { uid, labels: { [label.serving]: null } } }, signal)
}

export async function deletePod({ kube, view, objects, signal }: StepContext, { member, uid, force }: StepOf<'DeletePod'>): Promise<void> {
  const { namespace } = view.cluster.metadata
  const options = force ? { gracePeriodSeconds: 0 } : {}
  await kube.delete(POD, { namespace, name: member }, asSeen(objects.pods, uid), signal, options)
}

export async function deleteVolume({ kube, view, objects, signal }: StepContext, { volume, uid }: StepOf<'DeleteVolume'>): Promise<void> {
  const { namespace } = view.cluster.metadata
  await kube.delete(PERSISTENT_VOLUME_CLAIM, { namespace, name: volume }, asSeen(objects.volumes, uid), signal)
}

export async function growVolume({ kube, view, objects, signal }: StepContext, { volume, uid, size }: StepOf<'GrowVolume'>): Promise<void> {
  const { namespace } = view.cluster.metadata
  const annotations = { [annotation.storage]: formatStorageWish(view.cluster) }
  const body = { metadata: { ...asSeen(objects.volumes, uid), annotations }, spec: { resources: { requests: { storage: size } } } }
  await kube.patch(PERSISTENT_VOLUME_CLAIM, { namespace, name: volume }, body, signal)
}

export async function deleteStatefulSet({ kube, view, signal }: StepContext, { uid }: StepOf<'DeleteStatefulSet'>): Promise<void> {
  const { namespace, name } = view.cluster.metadata
  // Safety: the pods stay, without a controller, until the next StatefulSet adopts them by its selector.
  await kube.delete(STATEFUL_SET, { namespace, name }, statefulSetAsSeen(view, uid), signal, { propagationPolicy: 'Orphan' })
}

/** Safety: whatever etcd's list says and a rule decides, the operator never asks Kubernetes for more pods and volumes than this. */
function bounded(replicas: number): number {
  if (replicas > maxReplicas) throw new Failure('bug', `a StatefulSet of ${replicas} pods: a cluster never has more than ${maxReplicas}`)
  return replicas
}

function statefulSetAsSeen({ statefulSet: set }: ClusterView, uid: string): { uid: string; resourceVersion?: string } {
  return set.state === 'ours' && set.uid === uid ? { uid, resourceVersion: set.resourceVersion } : { uid }
}

/**
 * Preconditions for the object of the live read: if the pod's container was restarted since then, its uid is the same but its
 * resourceVersion is not, and its member takes part again.
 */
function asSeen(objects: readonly KubeObject[], uid: string): { uid: string; resourceVersion?: string } {
  const resourceVersion = objects.find((object) => object.metadata.uid === uid)?.metadata.resourceVersion
  return resourceVersion === undefined ? { uid } : { uid, resourceVersion }
}
