import { annotation, label } from '../../../api/labels.ts'
import { incarnation, pinnedClusterId } from '../../../model/cluster/identity.ts'
import { configOf, isOurs, leaderOf, learners, listed, listedByName, podOf, volumeOf, voters } from '../../../model/cluster/members.ts'
import { nextCluster } from '../../../model/cluster/next-cluster.ts'
import { podTrouble } from '../../../model/cluster/pod-trouble.ts'
import { etcdImage, podSpecHash, restartedAt, templateHash } from '../../../model/cluster/revision.ts'
import { storageWish } from '../../../model/cluster/storage-wish.ts'
import { nextProfile } from '../../../model/cluster/tls.ts'
import { downgradeMinor, runningVersions, templateVersion } from '../../../model/cluster/versions-running.ts'
import type {
  Answer,
  ClusterView,
  Member,
  OurMember,
  PodFacts,
  ServingAnswer,
  StoredMembers,
  VolumeFacts,
} from '../../../model/cluster/view.ts'
import { shortHash } from '../../../model/hash.ts'
import { known } from '../../../model/known.ts'
import { clientScheme, memberName, ordinalOf, peerScheme, peerUrl, volumeName } from '../../../model/names.ts'
import { parseQuantity } from '../../../model/quantity.ts'
import { isRecord } from '../../../model/record.ts'
import { minorKey } from '../../../model/versions.ts'
import { podsToKeep } from '../../../objects/cluster/kept-pods.ts'
import { podMarks } from '../../../objects/cluster/marks.ts'
import { podLabels } from '../../../objects/cluster/stateful-set.ts'
import { withAnswers, withMembers, withPods, withVolumes } from './after-step.ts'

/**
 * What a view shows when the world has done all that it does by itself and nothing has failed: pods have ended, were created and run,
 * volumes that were to go are gone, members have started and are in sync, one of them leads, and the operator's own marks are written.
 * A pod whose trouble is known does not start: it needs a person, or a step.
 */
export function settled(seen: ClusterView, ms = 0): ClusterView {
  const view = { ...seen, now: seen.now + ms, monotonicMs: seen.monotonicMs + ms }
  return [ended, created, grown, founded, started, stored, led, followed, inSync, marked].reduce((world, happens) => happens(world), view)
}

function ended(view: ClusterView): ClusterView {
  const { statefulSet: set } = view
  const replicas = set.state === 'ours' ? set.value.replicas : Number.POSITIVE_INFINITY
  const stays = (pod: PodFacts) =>
    isOnLostNode(view, pod) || (pod.endsBy === undefined && !pod.abandoned && (ordinalOf(view.cluster, pod.name) ?? 0) < replicas)
  const pods = view.pods.filter(stays)
  const names = new Set(pods.map(({ name }) => name))
  const answers = new Map([...view.answers].filter(([name]) => names.has(name)))
  const volumes = view.volumes.filter((volume) => !volume.deleting || names.has(volume.member))
  return { ...view, pods, answers, volumes, memory: { ...view.memory, longStep: undefined } }
}

/** Its kubelet ends nothing: a person brings the node back, or a step deletes the pod by force. */
function isOnLostNode({ nodes }: ClusterView, { node }: PodFacts): boolean {
  const facts = nodes.get(node ?? '')
  return facts?.known === true && facts.value.state !== 'ready'
}

function created(view: ClusterView): ClusterView {
  if (view.statefulSet.state !== 'ours') return view
  const { replicas, updateRevision } = view.statefulSet.value
  const names = Array.from({ length: replicas }, (_, ordinal) => memberName(view.cluster, ordinal))
  const missing = names.filter((name) => podOf(view, name) === undefined && volumeOf(view, name)?.deleting !== true)
  const volumes = missing.filter((name) => volumeOf(view, name) === undefined).map((name) => newVolume(view, name))
  const pods = missing.map((name, index) => newPod(view, name, updateRevision, view.now + index))
  return { ...view, pods: [...view.pods, ...pods], volumes: [...view.volumes, ...volumes] }
}

function newPod(view: ClusterView, name: string, revision: string | undefined, createdAt: number): PodFacts {
  return {
    ...byTemplate(view, revision),
    name,
    uid: `${name}-${createdAt}`,
    ours: true,
    ip: undefined,
    node: undefined,
    createdAt,
    endsBy: undefined,
    abandoned: false,
    ready: false,
    serving: true,
    kept: false,
    labelled: true,
    revision,
    startedWith: configOf(view, name)?.settings,
    profile: configOf(view, name)?.profile ?? 'Off',
    clientScheme: clientScheme(configOf(view, name)?.profile ?? 'Off'),
    config: configOf(view, name)?.hash,
    etcd: { state: 'running', since: createdAt },
    restarts: 0,
    lastExit: undefined,
    unschedulable: undefined,
    warning: undefined,
  }
}

/** What a pod has from the template: as another pod of it, or as the template that was written last. */
function byTemplate(
  view: ClusterView,
  revision: string | undefined,
): Pick<PodFacts, 'image' | 'podSpec' | 'restartedAt' | 'labels' | 'annotations'> {
  const cluster = nextCluster(view)
  const { statefulSet: set } = view
  const isNewest = set.state === 'ours' && set.value.template === templateHash(cluster)
  const other = isNewest ? undefined : view.pods.find((pod) => pod.revision === revision)
  if (other !== undefined) {
    const { image, podSpec, restartedAt: asked, labels, annotations } = other
    return { image, podSpec, restartedAt: asked, labels, annotations }
  }
  return {
    image: etcdImage(cluster),
    podSpec: podSpecHash(cluster),
    restartedAt: restartedAt(cluster),
    labels: podLabels(cluster),
    annotations: annotationsOf(view),
  }
}

function newVolume({ cluster, now }: ClusterView, member: string): VolumeFacts {
  return {
    name: volumeName(member),
    uid: `${member}-${now}`,
    member,
    deleting: false,
    bound: true,
    capacityBytes: parseQuantity(cluster.spec.storage.size),
    requestedBytes: parseQuantity(cluster.spec.storage.size),
    className: cluster.spec.storage.className || undefined,
    madeFor: storageWish(cluster),
    resize: undefined,
    unused: false,
    node: undefined,
    labelled: true,
    clusterUid: cluster.metadata.uid,
    clusterId: undefined,
    memberId: undefined,
    incarnation: undefined,
    tls: undefined,
    voters: undefined,
    volumeName: `pv-${member}-${now}`,
    lost: false,
    markedClaimUid: undefined,
    markedVolumeName: undefined,
    markedNode: undefined,
    progress: undefined,
  }
}

/** Kubernetes has expanded what claims ask for. */
function grown(view: ClusterView): ClusterView {
  return withVolumes(view, (volume) => {
    const { capacityBytes: has, requestedBytes: asks, resize } = volume
    const isExpanded = has !== undefined && asks !== undefined && asks > has && resize?.state !== 'infeasible'
    return isExpanded ? { ...volume, capacityBytes: asks, resize: undefined } : volume
  })
}

/** The first members have found each other. */
function founded(view: ClusterView): ClusterView {
  if (view.membership.known || pinnedClusterId(view) !== undefined) return view
  const names = view.pods.map(({ name }) => name).filter((name) => configOf(view, name)?.state === 'bootstrap')
  const founders = configOf(view, names[0] ?? '')?.members ?? []
  if (names.length === 0 || names.length < founders.length) return view
  const members = names.map((name) => ({
    id: shortHash(name),
    name,
    peerUrl: peerUrl(view.cluster, name, peerScheme(nextProfile(view))),
    isLearner: false,
    published: false,
  }))
  return { ...view, membership: known({ clusterId: shortHash(view.cluster.metadata.uid), members }) }
}

function started(view: ClusterView): ClusterView {
  const startable = listed(view)
    .filter(isOurs)
    .filter((member) => mayStart(view, member))
  if (startable.length === 0) return view
  const byName = new Map(startable.map((member) => [member.name, member]))
  const answers = new Map([...view.answers, ...startable.map((member) => [member.name, known(answerAs(view, member))] as const)])
  const running = withPods({ ...view, answers }, (pod) => {
    const member = byName.get(pod.name)
    if (member === undefined) return pod
    return { ...pod, ready: !member.isLearner, etcd: pod.etcd.state === 'running' ? pod.etcd : { state: 'running', since: pod.createdAt } }
  })
  const published = listed(view).map((row) => (row.name !== undefined && byName.has(row.name) ? { ...row, published: true } : row))
  return withMembers(running, published)
}

/** Each member has stored the list; what it has stored wrongly of another one stays until that one is restarted. */
function stored(view: ClusterView): ClusterView {
  if (!view.membership.known) return view
  const before: StoredMembers = view.storedMembers.known ? view.storedMembers.value : new Map()
  const rowsOf = (by: string) =>
    listed(view).map(({ id, name, isLearner }) => {
      const wrong = before.get(by)?.find((row) => row.id === id && row.isLearner !== isLearner)
      return wrong !== undefined && !isForeseen(podOf(view, name ?? '')) ? wrong : { id, isLearner }
    })
  const names = listed(view).flatMap(({ name }) => name ?? [])
  return { ...view, storedMembers: known(new Map(names.map((name) => [name, rowsOf(name)]))) }
}

/** Whether the pod was made here. */
function isForeseen(pod: PodFacts | undefined): boolean {
  return pod?.uid === `${pod?.name}-${pod?.createdAt}`
}

/** With its log, or on a new volume with a config that lets it begin or join; and nothing is known that keeps its pod from running. */
function mayStart(view: ClusterView, member: OurMember): boolean {
  const pod = podOf(view, member.name)
  const volume = volumeOf(view, member.name)
  if (pod === undefined || volume === undefined || pod.endsBy !== undefined || isOnLostNode(view, pod)) return false
  if (view.foreignAnswers.has(member.name) || podTrouble(view, member.name) !== undefined) return false
  return volume.memberId === member.id || (configOf(view, member.name)?.state !== 'established' && !member.published)
}

/** As its leader answers; of a cluster that nobody answers for, as a new one does. */
function answerAs(view: ClusterView, { id, name, isLearner }: OurMember): Answer {
  const before = view.answers.get(name)
  const leader = leaderOf(view)?.name
  const other = view.answers.get(leader ?? '')
  const own = { memberId: id, isLearner }
  if (before?.known && before.value.serves && before.value.memberId === id) return { ...before.value, ...own }
  const version = templateVersion(view) ?? view.cluster.spec.version
  return { ...(other?.known && other.value.serves ? other.value : { ...newAnswer, clusterId: clusterIdOf(view) }), version, ...own }
}

const newAnswer: Omit<ServingAnswer, 'clusterId' | 'memberId' | 'isLearner' | 'version'> = {
  serves: true,
  hasLeader: false,
  leaderId: undefined,
  raftAppliedIndex: 1,
  raftIndex: 1,
  raftTerm: 1,
  revision: 1,
  dbBytes: 20_480,
  dbBytesInUse: 16_384,
  dbQuotaBytes: undefined,
  storageVersion: undefined,
  downgradeTarget: undefined,
  alarms: [],
}

function clusterIdOf({ membership }: ClusterView): string {
  return membership.known ? membership.value.clusterId : ''
}

/** Where the leader has gone, the first of the voters that run is elected. */
function led(view: ClusterView): ClusterView {
  const isRunning = ({ name }: Member) => name !== undefined && view.answers.get(name)?.known === true
  const leader = leaderOf(view)
  const next = leader !== undefined && isRunning(leader) ? leader : voters(view).filter(isRunning).toSorted(byName)[0]
  if (next === undefined) return view
  return withAnswers(view, (answer) =>
    answer.serves ? { ...answer, hasLeader: true, leaderId: next.id, raftTerm: answer.raftTerm + Number(next !== leader) } : answer,
  )
}

/** The version of the cluster is the lowest that runs, or the one that etcd was allowed to go back to, which ends when all members are there. */
function followed(view: ClusterView): ClusterView {
  const lowest = minorKey(runningVersions(view)[0] ?? '')
  const allowed = downgradeMinor(view)
  const target = allowed !== undefined && runningVersions(view).some((version) => minorKey(version) !== allowed) ? allowed : undefined
  const data = target ?? lowest
  return withAnswers(view, (answer) => {
    if (!answer.serves || data === undefined || minorKey(answer.version) === '3.5') return answer
    return { ...answer, storageVersion: `${data}.0`, downgradeTarget: target && `${target}.0` }
  })
}

function byName(a: Member, b: Member): number {
  return (a.name ?? '').localeCompare(b.name ?? '', 'en', { numeric: true })
}

/** As many looks as it takes. */
const enoughLooks = 99

function inSync(view: ClusterView): ClusterView {
  const leader = view.answers.get(leaderOf(view)?.name ?? '')
  if (!leader?.known) return view
  const { raftAppliedIndex, revision } = leader.value
  const looks = learners(view).flatMap(({ id, published }) => (published ? [[id, enoughLooks] as const] : []))
  const out = view.pods.filter(({ serving }) => !serving)
  const outSince = new Map(out.map(({ uid }) => [uid, view.memory.outSince.get(uid) ?? view.monotonicMs] as const))
  const memory = { ...view.memory, inSyncLooks: new Map(looks), outSince }
  return withAnswers({ ...view, memory }, (answer) => ({ ...answer, raftAppliedIndex, revision }))
}

/** The marks that every pass writes on pods and volumes. */
function marked(view: ClusterView): ClusterView {
  const marks = new Map(podMarks(view).map((one) => [one.uid, one]))
  const kept = new Set(podsToKeep(view).map(({ uid }) => uid))
  const pods = withPods(view, (seen) => {
    const pod = kept.has(seen.uid) ? { ...seen, kept: true } : seen
    const mark = marks.get(pod.uid)
    if (mark === undefined) return pod
    const serving = mark.labels[label.serving]
    return {
      ...pod,
      serving: serving === undefined ? pod.serving : serving === 'true',
      config: mark.annotations[annotation.config] ?? pod.config,
      podSpec: mark.annotations[annotation.podSpec] ?? pod.podSpec,
      startedWith: mark.annotations[annotation.startedWith] ?? pod.startedWith,
      labels: changed(pod.labels, mark.labels),
      annotations: changed(pod.annotations, mark.annotations),
    }
  })
  const clusterId = pinnedClusterId(view)
  const set = view.statefulSet
  const noted = set.state === 'ours' ? { ...set, value: { ...set.value, clusterId: set.value.clusterId ?? clusterId } } : set
  return withVolumes({ ...pods, statefulSet: noted }, (volume) => {
    const member = listedByName(view, volume.member)
    const answer = view.answers.get(volume.member)
    if (clusterId === undefined || member === undefined || !answer?.known || answer.value.memberId !== member.id || volume.deleting)
      return volume
    const identity = { clusterUid: view.cluster.metadata.uid, clusterId, memberId: member.id, incarnation: incarnation(view) }
    return { ...volume, ...identity, markedClaimUid: volume.uid, markedVolumeName: volume.volumeName }
  })
}

/** As the template says. */
function annotationsOf({ statefulSet: set }: ClusterView): Readonly<Record<string, string>> {
  const template = set.state === 'ours' ? set.value.podTemplate : undefined
  const metadata = isRecord(template) && isRecord(template.metadata) ? template.metadata : {}
  const all = isRecord(metadata.annotations) ? Object.entries(metadata.annotations) : []
  return Object.fromEntries(all.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])))
}

/** null removes. */
function changed(
  before: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries({ ...before, ...changes }).flatMap(([key, value]) => (value === null ? [] : [[key, value]])))
}
