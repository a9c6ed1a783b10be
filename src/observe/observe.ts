import type { Etcd } from '../adapters/etcd.ts'
import type { Kube } from '../adapters/kube.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import { peerServiceName } from '../model/names.ts'
import { type ClusterObjects, type ObjectReader, readClusterObjects } from './cluster-objects.ts'
import { configFacts, owned, podFacts, refusalFacts, statefulSetFacts, volumeFacts } from './facts.ts'
import { askMembers } from './members.ts'
import type { ClusterMemory } from './memory.ts'

/** One look at a cluster: the facts that the rules read, and the objects that the applier compares with. */
export interface Observation {
  readonly view: ClusterView
  readonly objects: ClusterObjects
}

export interface Sources {
  readonly kube: Kube
  readonly etcd: Etcd
  readonly now: () => number
}

/** Reads the cluster's objects and asks its members, all in parallel; a member that doesn't answer is a fact, not a failure. */
export async function observeCluster(
  sources: Sources,
  reader: ObjectReader,
  cluster: EtcdCluster,
  memory: ClusterMemory,
  signal: AbortSignal,
): Promise<Observation> {
  const objects = await readClusterObjects(sources.kube, reader, cluster, signal)
  const pods = objects.pods.flatMap((pod) => podFacts(cluster, objects.statefulSet, pod) ?? [])
  const { answers, membership } = await askMembers(sources.etcd, cluster, pods, signal)
  const view: ClusterView = {
    now: sources.now(),
    cluster,
    statefulSet: owned(cluster, objects.statefulSet, statefulSetFacts),
    config: owned(cluster, objects.configMap, configFacts),
    others: [
      { kind: 'Service', name: cluster.metadata.name, object: owned(cluster, objects.clientService, nothing) },
      { kind: 'Service', name: peerServiceName(cluster), object: owned(cluster, objects.peerService, nothing) },
      { kind: 'PodDisruptionBudget', name: cluster.metadata.name, object: owned(cluster, objects.budget, nothing) },
    ],
    pods,
    volumes: objects.volumes.flatMap((volume) => volumeFacts(cluster, volume) ?? []),
    membership,
    answers,
    storageClass: objects.storageClass,
    podRefusals: refusalFacts(objects.refusals),
    memory: memory.snapshot(),
  }
  memory.look(view)
  return { view, objects }
}

function nothing(): undefined {
  return undefined
}
