import {
  CONFIG_MAP,
  NETWORK_POLICY,
  PERSISTENT_VOLUME_CLAIM,
  POD,
  POD_DISRUPTION_BUDGET,
  SERVICE,
  STATEFUL_SET,
} from '../../adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../adapters/kube/object.ts'
import type { Kube } from '../../adapters/kube.ts'
import { apiVersion } from '../../api/etcd-cluster.ts'
import type { ClusterView, PodFacts } from '../../model/cluster/view.ts'
import { firstDifference } from '../../model/difference.ts'
import { desiredObjects } from '../../objects/cluster/desired.ts'
import { podsToKeep } from '../../objects/cluster/kept-pods.ts'
import { type PodMarks, podMarks } from '../../objects/cluster/marks.ts'
import { type VolumeMarks, volumeMarks } from '../../objects/cluster/volume-marks.ts'
import type { Manifest } from '../../objects/manifest.ts'
import type { ClusterObjects } from '../../observe/cluster/objects.ts'
import type { Observation } from '../../observe/cluster/observe.ts'
import type { SafeWrite } from './safe-write.ts'
import { undoEdits } from './undo-edits.ts'
import { unwantedPolicy } from './unwanted-policy.ts'

/**
 * Services, PodDisruptionBudget, NetworkPolicy, metadata, marks on pods and volumes; only objects that differ are written. A write to an existing object
 * has its uid as precondition, and a missing object is created with POST: neither write can hit an object of somebody else.
 */
export function safeWrites({ view, objects }: Observation): readonly SafeWrite[] {
  const { namespace } = view.cluster.metadata
  return [
    ...desiredObjects(view).flatMap((manifest) => manifestWrite(manifest, liveOf(objects, manifest)) ?? []),
    ...undoEdits({ view, objects }),
    ...unwantedPolicy({ view, objects }),
    ...podMarks(view).map((marks) => podWrite(namespace, marks)),
    ...podsToKeep(view).map((pod) => keepWrite(view, pod)),
    ...volumeMarks(view).map((marks) => volumeWrite(namespace, marks)),
  ]
}

function manifestWrite(manifest: Manifest, live: KubeObject | undefined): SafeWrite | undefined {
  const kind = kindOf(manifest)
  const object = `${manifest.kind} ${manifest.metadata.name}`
  if (live === undefined) {
    const send = (kube: Kube, signal: AbortSignal) => kube.create(kind, manifest, signal)
    return { object, creates: true, difference: 'it does not exist', send, remains: () => undefined }
  }
  const difference = firstDifference(live, manifest)
  if (difference === undefined) return undefined
  const wished = { ...manifest, metadata: { ...manifest.metadata, uid: live.metadata.uid } }
  return {
    object,
    creates: false,
    difference,
    send: (kube, signal) => kube.apply(kind, wished, signal, { force: true }),
    remains: (written) => firstDifference(written, manifest),
  }
}

function podWrite(namespace: string, { name, uid, labels, annotations }: PodMarks): SafeWrite {
  return {
    object: `Pod ${name}`,
    creates: false,
    difference: firstDifference({ labels: {}, annotations: {} }, { labels, annotations }) ?? 'its labels',
    send: (kube, signal) => kube.patch(POD, { namespace, name }, { metadata: { uid, labels, annotations } }, signal),
    remains: ({ metadata }) => firstDifference(metadata, { labels, annotations }),
  }
}

/** Server-side apply adds the owner to those that are there. */
function keepWrite({ cluster }: ClusterView, { name, uid }: PodFacts): SafeWrite {
  const ownerReferences = [{ apiVersion, kind: 'EtcdCluster', name: cluster.metadata.name, uid: cluster.metadata.uid }]
  const metadata = { namespace: cluster.metadata.namespace, name, uid, ownerReferences }
  const isOwned = (pod: KubeObject) => pod.metadata.ownerReferences?.some((owner) => owner.uid === cluster.metadata.uid) ?? false
  return {
    object: `Pod ${name}, its owners`,
    creates: false,
    difference: 'the EtcdCluster is not among them',
    send: (kube, signal) => kube.apply(POD, { metadata }, signal, { force: true }),
    remains: (written) => (isOwned(written) ? undefined : 'the EtcdCluster is not among them'),
  }
}

function volumeWrite(namespace: string, { name, uid, annotations, id }: VolumeMarks): SafeWrite {
  const metadata = { namespace, name, uid, annotations }
  return {
    object: `PersistentVolumeClaim ${name}`,
    creates: false,
    difference: firstDifference({ annotations: {} }, { annotations }) ?? 'its annotations',
    id,
    send: (kube, signal) => kube.apply(PERSISTENT_VOLUME_CLAIM, { metadata }, signal, { force: true }),
    remains: (written) => firstDifference(written.metadata, { annotations }),
  }
}

const kinds: Readonly<Record<string, ResourceKind<KubeObject>>> = {
  Service: SERVICE,
  ConfigMap: CONFIG_MAP,
  StatefulSet: STATEFUL_SET,
  PodDisruptionBudget: POD_DISRUPTION_BUDGET,
  NetworkPolicy: NETWORK_POLICY,
}

function kindOf(manifest: Manifest): ResourceKind<KubeObject> {
  const kind = kinds[manifest.kind]
  if (kind === undefined) throw new Error(`no resource kind for ${manifest.kind}`)
  return kind
}

function liveOf(objects: ClusterObjects, manifest: Manifest): KubeObject | undefined {
  const all = [objects.statefulSet, objects.configMap, objects.clientService, objects.peerService, objects.budget, objects.networkPolicy]
  return all.find((object) => object?.metadata.name === manifest.metadata.name && object.kind === manifest.kind)
}
