import type { ConfigMap, CoreEvent, PersistentVolumeClaim, Pod, StatefulSet } from '../../adapters/kube/kinds.ts'
import type { KubeObject } from '../../adapters/kube/object.ts'
import { apiVersion, type EtcdCluster, type TlsMode } from '../../api/etcd-cluster.ts'
import { annotation, label } from '../../api/labels.ts'
import { exitCause } from '../../model/cluster/exit-cause.ts'
import { parseProgress } from '../../model/cluster/progress.ts'
import { parseStorageWish } from '../../model/cluster/storage-wish.ts'
import { clientsReach, profileIn } from '../../model/cluster/tls.ts'
import type {
  ConfigEntry,
  ConfigFacts,
  EtcdContainer,
  Exit,
  PodFacts,
  ResizeFacts,
  StatefulSetFacts,
  VolumeFacts,
} from '../../model/cluster/view.ts'
import { shortHash } from '../../model/hash.ts'
import { tagOf } from '../../model/image-tag.ts'
import { memberOfVolume, ordinalOf, volumeName } from '../../model/names.ts'
import { oncePer } from '../../model/once-per.ts'
import type { Owned } from '../../model/owned.ts'
import { parseQuantity } from '../../model/quantity.ts'
import { parseVersion } from '../../model/versions.ts'
import { readMemberConfig } from '../../objects/etcd-config/config-file.ts'

/** Translates Kubernetes' objects into the facts that the rules read. */

/** Whose an object is: by the owner's UID, never by its name. */
export function owned<T extends KubeObject, F>(cluster: EtcdCluster, object: T | undefined, facts: (object: T) => F): Owned<F> {
  if (object === undefined) return { state: 'absent' }
  const { uid, resourceVersion, deletionTimestamp, ownerReferences } = object.metadata
  const owner = ownerReferences?.find((reference) => reference.apiVersion === apiVersion && reference.kind === 'EtcdCluster')
  if (owner?.uid === cluster.metadata.uid)
    return { state: 'ours', uid, resourceVersion, deleting: deletionTimestamp !== undefined, value: facts(object) }
  if (owner === undefined) return { state: 'foreign', uid }
  return owner.name === cluster.metadata.name ? { state: 'earlier', uid } : { state: 'foreign', uid, of: owner.name }
}

export function statefulSetFacts(set: StatefulSet): StatefulSetFacts {
  const claim = set.spec?.volumeClaimTemplates?.[0]
  const size = claim?.spec?.resources?.requests?.storage
  return {
    replicas: set.spec?.replicas ?? 0,
    updateRevision: set.status?.updateRevision,
    current: (set.status?.observedGeneration ?? 0) >= (set.metadata.generation ?? 0),
    template: set.metadata.annotations?.[annotation.template],
    version: set.metadata.annotations?.[annotation.version] ?? versionOfImage(set),
    podTemplate: set.spec?.template,
    volumeSize: size === undefined ? undefined : String(size),
    volumeClass: claim?.spec?.storageClassName,
    clusterId: set.metadata.annotations?.[annotation.clusterId],
    incarnation: set.metadata.annotations?.[annotation.incarnation],
  }
}

/** StatefulSets of earlier versions of the operator do not say which version of etcd their pods are created with. */
function versionOfImage(set: StatefulSet): string | undefined {
  const image = set.spec?.template?.spec?.containers.find(({ name }) => name === 'etcd')?.image ?? ''
  const tag = tagOf(image).replace(/^v/, '')
  return parseVersion(tag) === undefined ? undefined : tag
}

/** Files of the ConfigMap that are not named like a member of this cluster are ignored. */
export function configFacts(cluster: EtcdCluster, map: ConfigMap): ConfigFacts {
  return factsOf(map, cluster)
}

const factsOf = oncePer((map: ConfigMap, cluster: EtcdCluster): ConfigFacts => {
  const members = new Map<string, ConfigEntry>()
  for (const [key, text] of Object.entries(map.data ?? {})) {
    const name = key.endsWith('.yaml') ? key.slice(0, -'.yaml'.length) : ''
    if (ordinalOf(cluster, name) === undefined) continue
    const config = readMemberConfig(text)
    members.set(name, {
      state: config.state,
      members: config.members.map(({ name }) => name),
      peerUrls: config.members.map(({ peerUrl }) => peerUrl),
      text,
      hash: shortHash(text),
      maxLearners: config.maxLearners ?? 1,
      quotaBytes: config.quotaBytes,
      settings: config.settings,
      profile: config.profile ?? 'Off',
    })
  }
  return { members }
})

/** Undefined for a pod that carries the label but is not named like a member of this cluster. */
export function podFacts(
  cluster: EtcdCluster,
  set: StatefulSet | undefined,
  pod: Pod,
  warning?: PodFacts['warning'],
  config?: Owned<ConfigFacts>,
): PodFacts | undefined {
  if (ordinalOf(cluster, pod.metadata.name) === undefined) return undefined
  const file = config?.state === 'ours' ? config.value.members.get(pod.metadata.name)?.profile : undefined
  const profile = profileIn(pod.metadata.annotations?.[annotation.startedWith]) ?? file ?? 'Off'
  const container = pod.status?.containerStatuses?.find(({ name }) => name === 'etcd')
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  return {
    name: pod.metadata.name,
    uid: pod.metadata.uid,
    ours: isOurPod(set, pod),
    ip: pod.status?.podIP,
    node: pod.spec?.nodeName,
    createdAt: Date.parse(pod.metadata.creationTimestamp),
    endsBy: pod.metadata.deletionTimestamp === undefined ? undefined : Date.parse(pod.metadata.deletionTimestamp),
    abandoned: isAbandoned(set, pod),
    ready: pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    serving: pod.metadata.labels?.[label.serving] === 'true',
    kept: pod.metadata.ownerReferences?.some(({ uid }) => uid === cluster.metadata.uid) ?? false,
    labelled: pod.metadata.labels?.[label.cluster] === cluster.metadata.name,
    revision: pod.metadata.labels?.['controller-revision-hash'],
    image: pod.spec?.containers.find(({ name }) => name === 'etcd')?.image,
    podSpec: pod.metadata.annotations?.[annotation.podSpec],
    startedWith: pod.metadata.annotations?.[annotation.startedWith],
    profile,
    clientScheme: clientsReach({ profile }, file),
    restartedAt: pod.metadata.annotations?.[annotation.restartedAt],
    labels: pod.metadata.labels ?? {},
    annotations: pod.metadata.annotations ?? {},
    config: pod.metadata.annotations?.[annotation.config],
    etcd: containerState(pod, container?.state),
    restarts: container?.restartCount ?? 0,
    lastExit: exitOf(container?.state?.terminated ?? container?.lastState?.terminated),
    unschedulable:
      scheduled?.status === 'False' && pod.spec?.nodeName === undefined
        ? (scheduled.message ?? scheduled.reason ?? 'no reason given')
        : undefined,
    warning,
  }
}

/** A pod of this or an earlier StatefulSet; or an orphan of a deleted StatefulSet, which the next StatefulSet adopts by its selector. */
function isOurPod(set: StatefulSet | undefined, pod: Pod): boolean {
  const controller = pod.metadata.ownerReferences?.find((reference) => reference.controller)
  if (controller === undefined)
    return pod.spec?.volumes?.some((volume) => volume.persistentVolumeClaim?.claimName === volumeName(pod.metadata.name)) ?? false
  return (
    controller.kind === 'StatefulSet' && (set === undefined || controller.uid === set.metadata.uid || controller.name === set.metadata.name)
  )
}

function isAbandoned(set: StatefulSet | undefined, pod: Pod): boolean {
  const controller = pod.metadata.ownerReferences?.find((reference) => reference.controller)
  return controller?.kind === 'StatefulSet' && controller.uid !== set?.metadata.uid
}

type Container = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number]

function containerState(pod: Pod, state: Container['state']): EtcdContainer {
  if (state?.running) return { state: 'running', since: Date.parse(state.running.startedAt ?? '') || 0 }
  if (state?.waiting) return { state: 'waiting', reason: state.waiting.reason ?? '', message: state.waiting.message ?? '' }
  if (state?.terminated || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return { state: 'terminated' }
  return { state: 'none' }
}

function exitOf(terminated: NonNullable<Container['lastState']>['terminated'] | undefined): Exit | undefined {
  if (terminated === undefined) return undefined
  const text = terminated.message ?? ''
  return {
    cause: exitCause({ exitCode: terminated.exitCode, reason: terminated.reason ?? '', text }),
    message: lastErrorLine(text) || `exit code ${terminated.exitCode}`,
    at: Date.parse(terminated.finishedAt ?? '') || 0,
  }
}

/** etcd logs JSON lines; the last line with an error tells why etcd exited. */
function lastErrorLine(text: string): string {
  const lines = text
    .trim()
    .split('\n')
    .filter((line) => line !== '')
  const telling = lines.findLast((line) => /"level":"(fatal|panic|error)"/.test(line)) ?? lines.at(-1) ?? ''
  const message = quoted(telling, 'msg')
  const cause = quoted(telling, 'error')
  return (message === undefined ? telling : cause === undefined ? message : `${message}: ${cause}`).slice(0, 200)
}

/** A text field of a JSON line whose end may be cut off. */
function quoted(line: string, field: string): string | undefined {
  const text = new RegExp(`"${field}":("(?:[^"\\\\]|\\\\.)*")`).exec(line)?.[1]
  if (text === undefined) return undefined
  try {
    return String(JSON.parse(text))
  } catch {
    return text
  }
}

/** Whether a claim has no volume and asks for none: a claim that names a volume, a snapshot or another claim gets existing data. */
function isUnused({ spec, status }: PersistentVolumeClaim): boolean {
  const source = spec?.volumeName ?? spec?.dataSource ?? spec?.dataSourceRef
  return (status?.phase ?? 'Pending') === 'Pending' && source === undefined
}

/**
 * The claim's conditions say how far an expansion is, and since when; status.allocatedResourceStatuses, which clusters since Kubernetes 1.34
 * have, says which of them has failed for good.
 */
function resizeFacts({ status }: PersistentVolumeClaim): ResizeFacts | undefined {
  const allocated = status?.allocatedResourceStatuses?.storage ?? ''
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type && one.status === 'True')
  const failure = condition('ControllerResizeError') ?? condition('NodeResizeError')
  const [pending, resizing] = [condition('FileSystemResizePending'), condition('Resizing')]
  const about = (one: typeof pending) => ({
    since: one?.lastTransitionTime === undefined ? undefined : Date.parse(one.lastTransitionTime),
    message: (one?.message ?? '').slice(0, 300),
  })
  // `Failed` is what Kubernetes before 1.31 calls it.
  if (/(Infeasible|Failed)$/.test(allocated)) return { state: 'infeasible', ...about(failure ?? resizing ?? pending) }
  if (pending !== undefined || allocated === 'NodeResizePending') return { state: 'file-system', ...about(pending) }
  if (resizing !== undefined || failure !== undefined || allocated !== '') return { state: 'resizing', ...about(failure ?? resizing) }
  return undefined
}

function modeIn(text: string | undefined): TlsMode | undefined {
  return text === 'Off' || text === 'Optional' || text === 'Required' ? text : undefined
}

/** Undefined for a claim that carries the label but is not named like the claim of a member. */
export function volumeFacts(cluster: EtcdCluster, volume: PersistentVolumeClaim): VolumeFacts | undefined {
  const member = memberOfVolume(cluster, volume.metadata.name)
  if (member === undefined) return undefined
  const notes = volume.metadata.annotations ?? {}
  return {
    name: volume.metadata.name,
    uid: volume.metadata.uid,
    member,
    deleting: volume.metadata.deletionTimestamp !== undefined,
    bound: volume.status?.phase === 'Bound',
    capacityBytes: parseQuantity(volume.status?.capacity?.storage ?? ''),
    requestedBytes: parseQuantity(volume.spec?.resources?.requests?.storage ?? ''),
    className: volume.spec?.storageClassName,
    madeFor: parseStorageWish(notes[annotation.storage]),
    resize: resizeFacts(volume),
    unused: isUnused(volume),
    node: notes[annotation.node] ?? notes['volume.kubernetes.io/selected-node'],
    labelled: volume.metadata.labels?.[label.cluster] === cluster.metadata.name,
    clusterUid: notes[annotation.clusterUid],
    clusterId: notes[annotation.clusterId],
    memberId: notes[annotation.memberId],
    incarnation: notes[annotation.incarnation],
    tls: modeIn(notes[annotation.tls]),
    voters: notes[annotation.voters],
    volumeName: volume.spec?.volumeName,
    lost: volume.status?.phase === 'Lost',
    markedClaimUid: notes[annotation.claimUid],
    markedVolumeName: notes[annotation.volumeName],
    markedNode: notes[annotation.node],
    progress: parseProgress(notes[annotation.progress]),
  }
}

/** Refused pods, from the StatefulSet controller's Events: "create Pod demo-3 in StatefulSet demo failed error: ...". */
export function refusalFacts(events: readonly CoreEvent[]): readonly { pod: string; message: string; at: number }[] {
  return events
    .map((event) => {
      const message = event.message ?? ''
      const at = Date.parse(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp)
      return { pod: /create Pod (\S+) in StatefulSet/i.exec(message)?.[1] ?? '', message: message.replace(/^.*failed error: /s, ''), at }
    })
    .toSorted((a, b) => b.at - a.at)
}
