import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { pinnedClusterId } from '../../model/cluster/identity.ts'
import type { ClusterView, StoredMembers } from '../../model/cluster/view.ts'
import { unknown } from '../../model/known.ts'
import { endpointOf, peerServiceName, port } from '../../model/names.ts'
import { wantsNetworkPolicy } from '../../model/network-policy.ts'
import type { Caches } from '../watches/caches.ts'
import type { ObjectReader } from '../watches/reader.ts'
import { authFacts } from './auth.ts'
import { backupFacts } from './backups.ts'
import { type CertificateSources, readCertificates } from './certificates.ts'
import type { Comparing } from './comparison.ts'
import { configFacts, owned, podFacts, refusalFacts, statefulSetFacts, volumeFacts } from './facts.ts'
import { compareData } from './hash-vote.ts'
import type { Followed, MemberPages } from './member-pages.ts'
import { askMembers, type Patience } from './members.ts'
import type { ClusterMemory } from './memory.ts'
import { isNamespaceTerminating } from './namespace.ts'
import { withNodes } from './nodes.ts'
import { type ClusterObjects, readClusterObjects } from './objects.ts'
import { probeTls } from './probe-tls.ts'
import { type RestoreSources, readRestore } from './restore.ts'
import { processOf } from './silent-members.ts'
import { withStoredMembers } from './stored-members.ts'
import { userCertificates } from './user-certificates.ts'

/** One observation of a cluster: the facts that the rules read, and the objects that the applier compares with. */
export interface Observation {
  readonly view: ClusterView
  readonly objects: ClusterObjects
}

export interface ClusterSources extends RestoreSources, CertificateSources {
  readonly caches: Pick<Caches, 'backups' | 'schedules' | 'users'>
  readonly patience: Patience
  readonly comparing: Comparing
  readonly pages: Pick<MemberPages, 'look'>
  readonly readingStored: Comparing<StoredMembers>
  /** Whether the Secrets are read, and etcd's users asked for, whatever was read before: before a step. */
  readonly secretsAnew: boolean
  /** The newest generation of the EtcdCluster that this operator has seen. */
  readonly newestGeneration: number
  /** The operator's own namespace. */
  readonly operatorNamespace: string
  /** The generation from which its spec counts: a lower one was set back. */
  readonly countsFrom: number
}

/** Reads the cluster's objects and asks its members, all in parallel; a member that doesn't answer is a fact, not a failure. */
export async function observeCluster(
  sources: ClusterSources,
  reader: ObjectReader,
  cluster: EtcdCluster,
  memory: ClusterMemory,
  signal: AbortSignal,
): Promise<Observation> {
  // Before the members are asked: the operator's own certificates come from these.
  const [objects, tls] = await Promise.all([
    readClusterObjects(sources.kube, reader, cluster, sources.now(), signal),
    readCertificates(sources, cluster, memory.certificates, sources.secretsAnew, signal),
  ])
  const config = owned(cluster, objects.configMap, (map) => configFacts(cluster, map))
  const pods = objects.pods.flatMap(
    (pod) => podFacts(cluster, objects.statefulSet, pod, objects.warnings.get(pod.metadata.uid), config) ?? [],
  )
  const marked = {
    cluster,
    statefulSet: owned(cluster, objects.statefulSet, statefulSetFacts),
    volumes: objects.volumes.flatMap((volume) => volumeFacts(cluster, volume) ?? []),
  }
  const [{ answers, foreignAnswers, membership }, restore, namespaceTerminating] = await Promise.all([
    askMembers(sources.etcd, cluster, pinnedClusterId(marked), pods, sources.patience, signal),
    readRestore(sources, reader, objects, pods, memory, signal),
    isNamespaceTerminating(sources.kube, cluster, signal),
  ])
  const monotonicMs = sources.monotonicMs()
  const asked = { cluster, pods, answers, membership }
  const [hashVote, auth, probed] = await Promise.all([
    compareData(sources.etcd, asked, memory.isComparisonDue, sources.comparing),
    authFacts(sources.etcd, sources.caches, asked, sources.secretsAnew ? { auth: undefined } : memory, monotonicMs, signal),
    probeTls(sources.etcd, asked, tls, memory.tlsProbes, monotonicMs, signal),
  ])
  const seen: ClusterView = {
    now: sources.now(),
    monotonicMs: sources.monotonicMs(),
    ...marked,
    setBackFrom: cluster.metadata.generation < sources.countsFrom ? sources.newestGeneration : undefined,
    config,
    others: [
      { kind: 'Service', name: cluster.metadata.name, object: owned(cluster, objects.clientService, nothing) },
      { kind: 'Service', name: peerServiceName(cluster), object: owned(cluster, objects.peerService, nothing) },
      { kind: 'PodDisruptionBudget', name: cluster.metadata.name, object: owned(cluster, objects.budget, nothing) },
      // Where none is wanted, the name is free for somebody else's.
      ...(wantsNetworkPolicy(cluster)
        ? [{ kind: 'NetworkPolicy', name: cluster.metadata.name, object: owned(cluster, objects.networkPolicy, nothing) }]
        : []),
    ],
    operatorNamespace: sources.operatorNamespace,
    pods,
    membership,
    answers,
    foreignAnswers,
    hashVote,
    storedMembers: unknown('not asked: no version change needs it'),
    nodes: new Map(),
    heardByLeader: unknown('not asked: no node seems to be lost'),
    storageClass: objects.storageClass,
    storageClasses: objects.storageClasses,
    expandable: objects.expandable,
    podRefusals: refusalFacts(objects.refusals),
    namespaceTerminating,
    restore,
    auth,
    performance: sources.pages.look(pagesOf(asked)),
    backups: backupFacts(sources.caches, cluster),
    tls: { ...tls, members: probed, users: userCertificates(sources.caches, cluster) },
    memory: memory.snapshot(),
  }
  const view = await withStoredMembers(sources.etcd, await withNodes(sources.kube, sources.etcd, seen, signal), sources.readingStored)
  memory.look(view)
  return { view, objects }
}

/** The pages of the members that answer: a silent one is asked by its passes. */
function pagesOf({ cluster, pods, answers }: Pick<ClusterView, 'cluster' | 'pods' | 'answers'>): readonly Followed[] {
  return pods.flatMap((pod) =>
    answers.get(pod.name)?.known ? { name: pod.name, process: processOf(pod), page: endpointOf(cluster, pod, port.metrics) } : [],
  )
}

function nothing(): undefined {
  return undefined
}
