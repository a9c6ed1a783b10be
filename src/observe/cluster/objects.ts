import { isFailure } from '../../adapters/failure.ts'
import {
  CONFIG_MAP,
  CORE_EVENT,
  type ConfigMap,
  type CoreEvent,
  NETWORK_POLICY,
  type NetworkPolicy,
  PERSISTENT_VOLUME_CLAIM,
  type PersistentVolumeClaim,
  POD,
  POD_DISRUPTION_BUDGET,
  type Pod,
  type PodDisruptionBudget,
  SERVICE,
  type Service,
  STATEFUL_SET,
  STORAGE_CLASS,
  type StatefulSet,
  type StorageClass,
} from '../../adapters/kube/kinds.ts'
import type { KubeObject } from '../../adapters/kube/object.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { label } from '../../api/labels.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { type Known, known, unknown } from '../../model/known.ts'
import { configName, maxReplicas, memberName, peerServiceName, volumeName } from '../../model/names.ts'
import { wantsNetworkPolicy } from '../../model/network-policy.ts'
import type { PodReport } from '../../model/pod-start.ts'
import { parseQuantity } from '../../model/quantity.ts'
import { startWarning } from '../pod-report.ts'
import type { ObjectReader } from '../watches/reader.ts'

/** The Kubernetes objects of one cluster, as raw JSON. */
export interface ClusterObjects {
  readonly cluster: EtcdCluster
  readonly statefulSet: StatefulSet | undefined
  readonly configMap: ConfigMap | undefined
  readonly clientService: Service | undefined
  readonly peerService: Service | undefined
  readonly budget: PodDisruptionBudget | undefined
  /** Where the EtcdCluster wants none, only one that carries its label. */
  readonly networkPolicy: NetworkPolicy | undefined
  readonly pods: readonly Pod[]
  readonly volumes: readonly PersistentVolumeClaim[]
  readonly refusals: readonly CoreEvent[]
  /** The warning that explains why a pod doesn't start, by the UID of the pod. */
  readonly warnings: ReadonlyMap<string, PodReport['warning']>
  readonly storageClass: Known<'exists' | 'missing' | 'no-default'>
  /** Names of the existing StorageClasses, if the wanted StorageClass is missing. */
  readonly storageClasses: readonly string[]
  /** Whether each StorageClass lets volumes be expanded. */
  readonly expandable: ClusterView['expandable']
}

export async function readClusterObjects(
  kube: Kube,
  reader: ObjectReader,
  cluster: EtcdCluster,
  now: number,
  signal: AbortSignal,
): Promise<ClusterObjects> {
  const { namespace, name } = cluster.metadata
  const [statefulSet, configMap, clientService, peerService, budget, policy, pods, labelled] = await Promise.all([
    reader.get(STATEFUL_SET, namespace, name, signal),
    reader.get(CONFIG_MAP, namespace, configName(cluster), signal),
    reader.get(SERVICE, namespace, name, signal),
    reader.get(SERVICE, namespace, peerServiceName(cluster), signal),
    reader.get(POD_DISRUPTION_BUDGET, namespace, name, signal),
    readNetworkPolicy(reader, cluster, signal),
    reader.ofCluster(POD, namespace, name, signal),
    reader.ofCluster(PERSISTENT_VOLUME_CLAIM, namespace, name, signal),
  ])
  const [strangers, unlabelled, refusals, warnings, classes] = await Promise.all([
    unlabelledVolumes(kube, cluster, statefulSet, labelled, signal),
    unlabelledPods(kube, cluster, statefulSet, pods, signal),
    readRefusals(kube, cluster, statefulSet, pods, signal),
    Promise.all(pods.map(async (pod) => [pod.metadata.uid, await startWarning(kube, pod, now, signal)] as const)),
    readStorageClasses(kube, cluster, pods, labelled, signal),
  ])
  return {
    cluster,
    statefulSet,
    configMap,
    clientService,
    peerService,
    budget,
    networkPolicy: policy,
    pods: [...pods, ...unlabelled].toSorted(byOrdinal),
    volumes: [...labelled, ...strangers].toSorted(byOrdinal),
    refusals,
    warnings: new Map(warnings),
    ...classes,
  }
}

/** By its label where none is wanted: an object that is not in a cache is asked for at each pass, and this one is not there. */
async function readNetworkPolicy(reader: ObjectReader, cluster: EtcdCluster, signal: AbortSignal): Promise<NetworkPolicy | undefined> {
  const { namespace, name } = cluster.metadata
  if (wantsNetworkPolicy(cluster)) return reader.get(NETWORK_POLICY, namespace, name, signal)
  return (await reader.ofCluster(NETWORK_POLICY, namespace, name, signal)).find(({ metadata }) => metadata.name === name)
}

/** Sorts by name: caches and servers answer in any order, and decisions and messages must not depend on it. */
function byOrdinal(one: KubeObject, other: KubeObject): number {
  return byNumber.compare(one.metadata.name, other.metadata.name)
}

const byNumber = new Intl.Collator('en', { numeric: true })

/**
 * Claims without the cluster's label under names that a StatefulSet would silently use. They are looked for before anything is created,
 * during a restore, which creates the first claim itself, and before the StatefulSet grows.
 */
async function unlabelledVolumes(
  kube: Kube,
  cluster: EtcdCluster,
  statefulSet: StatefulSet | undefined,
  labelled: readonly PersistentVolumeClaim[],
  signal: AbortSignal,
): Promise<readonly PersistentVolumeClaim[]> {
  const { bootstrap } = cluster.status ?? {}
  if (statefulSet === undefined && bootstrap !== undefined && bootstrap.restore === undefined) return []
  const have = new Set(labelled.map((volume) => volume.metadata.name))
  const first = statefulSet?.spec?.replicas ?? 0
  // The spare of an exchange has the first ordinal beyond the size.
  const mayHaveSpare = (cluster.spec.repair.replaceMembers ?? []).length > 0 || cluster.spec.storage.migration === 'MemberByMember'
  const last = cluster.spec.size + (mayHaveSpare ? 1 : 0)
  const length = Math.max(0, last - first)
  const expected = Array.from({ length }, (_, index) => volumeName(memberName(cluster, first + index)))
  const found = await Promise.all(
    expected
      .filter((name) => !have.has(name))
      .map((name) => kube.get(PERSISTENT_VOLUME_CLAIM, { namespace: cluster.metadata.namespace, name }, signal)),
  )
  return found.filter((volume) => volume !== undefined)
}

/**
 * Pods that have the name of a member but not the cluster's label, looked for while a member's pod is missing. If somebody removed
 * the label, the pod runs on, but its StatefulSet has released it and no Service selects it; or the pod is somebody else's.
 */
async function unlabelledPods(
  kube: Kube,
  cluster: EtcdCluster,
  statefulSet: StatefulSet | undefined,
  pods: readonly Pod[],
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const { namespace } = cluster.metadata
  const have = new Set(pods.map(({ metadata }) => metadata.name))
  const length = Math.min(statefulSet?.spec?.replicas ?? 0, maxReplicas)
  const lacking = Array.from({ length }, (_, ordinal) => memberName(cluster, ordinal)).filter((name) => !have.has(name))
  // Read by a list, so that the operator doesn't need the right to get pods.
  const found = await Promise.all(lacking.map((name) => kube.list(POD, { namespace, fieldSelector: `metadata.name=${name}` }, signal)))
  // A pod that has the label is only missing from a cache that is a little late.
  return found.flatMap(({ items }) => items).filter(({ metadata }) => metadata.labels?.[label.cluster] !== cluster.metadata.name)
}

/** Quotas and admission refuse the StatefulSet controller's pods, and it reports that only in an Event. */
async function readRefusals(
  kube: Kube,
  cluster: EtcdCluster,
  statefulSet: StatefulSet | undefined,
  pods: readonly Pod[],
  signal: AbortSignal,
): Promise<readonly CoreEvent[]> {
  if (statefulSet === undefined || pods.length >= (statefulSet.spec?.replicas ?? 0)) return []
  const where = {
    namespace: cluster.metadata.namespace,
    fieldSelector: `involvedObject.uid=${statefulSet.metadata.uid},type=Warning,reason=FailedCreate`,
  }
  try {
    const { items } = await kube.list(CORE_EVENT, where, signal)
    return items
  } catch (error) {
    if (isFailure(error, 'forbidden')) return []
    throw error
  }
}

/**
 * Read only while a pod is unschedulable, because a missing StorageClass is the most frequent cause and the scheduler doesn't name it, and
 * while a claim asks for less than the spec, because only some classes let volumes be expanded.
 */
async function readStorageClasses(
  kube: Kube,
  cluster: EtcdCluster,
  pods: readonly Pod[],
  volumes: readonly PersistentVolumeClaim[],
  signal: AbortSignal,
): Promise<Pick<ClusterObjects, 'storageClass' | 'storageClasses' | 'expandable'>> {
  const isWaiting = pods.some((pod) => pod.status?.conditions?.some(({ type, status }) => type === 'PodScheduled' && status === 'False'))
  const asked = parseQuantity(cluster.spec.storage.size) ?? 0
  const isToGrow = volumes.some(({ spec }) => (parseQuantity(spec?.resources?.requests?.storage ?? '') ?? asked) < asked)
  const nothing = {
    storageClass: unknown('not looked up: every pod has found its node'),
    storageClasses: [],
    expandable: unknown('not looked up: no volume is to grow'),
  }
  if (!isWaiting && !isToGrow) return nothing
  const wanted = cluster.spec.storage.className
  try {
    const { items } = await kube.list(STORAGE_CLASS, {}, signal)
    const exists = wanted === '' ? items.some(isDefault) : items.some(({ metadata }) => metadata.name === wanted)
    const names = items.map(({ metadata }) => metadata.name).toSorted()
    return {
      ...(isWaiting
        ? { storageClass: known(exists ? 'exists' : wanted === '' ? 'no-default' : 'missing'), storageClasses: names }
        : { storageClass: nothing.storageClass, storageClasses: [] }),
      expandable: known(new Map(items.map(({ metadata, allowVolumeExpansion = false }) => [metadata.name, allowVolumeExpansion]))),
    }
  } catch (error) {
    // The right to read cluster-scoped objects is optional.
    const why = unknown('the operator may not read StorageClasses')
    if (isFailure(error, 'forbidden')) return { storageClass: why, storageClasses: [], expandable: why }
    throw error
  }
}

function isDefault(storageClass: StorageClass): boolean {
  return storageClass.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'
}
