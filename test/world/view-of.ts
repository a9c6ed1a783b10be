import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import { annotation } from '../../src/api/labels.ts'
import type { AgentResult } from '../../src/model/agent/task.ts'
import { nobodyAsks } from '../../src/model/cluster/auth-facts.ts'
import { countHashes } from '../../src/model/cluster/count-hashes.ts'
import { memberSettings, settingsId } from '../../src/model/cluster/member-settings.ts'
import { namedOnce } from '../../src/model/cluster/named-once.ts'
import type { AskedRun } from '../../src/model/cluster/restore-facts.ts'
import { formatVoters } from '../../src/model/cluster/retained-volumes.ts'
import { etcdImage, podSpecHash, restartedAt, templateHash } from '../../src/model/cluster/revision.ts'
import { clientsReach, frozenTls } from '../../src/model/cluster/tls.ts'
import type { Answer, ClusterView, ConfigEntry, Member, PodFacts, VolumeFacts } from '../../src/model/cluster/view.ts'
import { shortHash } from '../../src/model/hash.ts'
import { type Known, known, unknown } from '../../src/model/known.ts'
import { peerUrl, volumeName } from '../../src/model/names.ts'
import { rfc3339 } from '../../src/model/rfc3339.ts'
import { tlsUnread } from '../../src/model/tls/unread.ts'
import { podLabels } from '../../src/objects/cluster/stateful-set.ts'
import { memberConfigText } from '../../src/objects/etcd-config/member-config.ts'
import { askedFor } from '../../src/objects/jobs/restore-jobs.ts'
import { aCluster, anEtcdCluster, clusterId, incarnation, now, type SpecWish, uid } from '../builders/a-cluster.ts'
import { from, snapshot } from '../builders/a-restore.ts'
import { aRun, dataFacts, noJob, sourceFacts } from '../builders/a-restored-cluster.ts'
import { certificates } from '../builders/certificates.ts'
import { isLed } from './etcd.ts'
import { oncePer } from './once-per.ts'
import { minorOf } from './versions.ts'
import {
  aWorld,
  broken,
  type ConfigKey,
  isMemberRunning,
  isMemberServing,
  isRunning,
  type Job,
  type Made,
  madeText,
  maxLearnersOf,
  open,
  type PerMember,
  type Pod,
  type Row,
  settingsText,
  stranger,
  type Volume,
  votersOf,
  type World,
} from './world.ts'

/** What a pass sees of this world, as src/observe would tell it. */
export function viewOf(world: World): ClusterView {
  const cluster = clusterOf(world)
  const pods = world.pods.flatMap((pod, ordinal) => (pod === undefined ? [] : [podFacts(world, ordinal, pod)]))
  return {
    now,
    monotonicMs: now,
    cluster,
    setBackFrom: undefined,
    statefulSet:
      world.set === undefined
        ? { state: 'absent' }
        : {
            state: 'ours',
            uid: 'set',
            resourceVersion: String(world.set.resourceVersion),
            deleting: world.set.orphans ?? false,
            value: {
              replicas: world.set.replicas,
              updateRevision: templateOf(madeCluster(world, world.set.made)),
              current: true,
              template: templateOf(madeCluster(world, world.set.made)),
              version: world.set.made?.version ?? world.version,
              podTemplate: undefined,
              volumeSize: `${world.set.storage ?? 1}Gi`,
              volumeClass: undefined,
              clusterId: world.set.noted ? clusterId : undefined,
              incarnation,
            },
          },
    config:
      world.configs === undefined
        ? { state: 'absent' }
        : {
            state: 'ours',
            uid: 'configs',
            resourceVersion: String(world.configs.resourceVersion),
            deleting: false,
            value: { members: entriesOf[world.version](world.configs.entries) },
          },
    others: [],
    operatorNamespace: 'etcd-operator-system',
    pods,
    volumes: volumeFacts(world),
    membership: membershipOf(world),
    answers: new Map(
      world.pods.flatMap((pod, ordinal) => (pod === undefined ? [] : [[nameOf(ordinal), answerOf(world, ordinal, pod)] as const])),
    ),
    foreignAnswers: new Map(),
    hashVote: hashVoteOf(world),
    storedMembers: storedBy(world),
    nodes: nodesOf(world),
    performance: new Map(),
    heardByLeader: known(new Set(world.etcd.members.filter((row) => isMemberRunning(world, row)).map(({ id }) => id))),
    storageClass: known('exists'),
    storageClasses: [],
    expandable: known(new Map([['standard', !world.wish.moves]])),
    podRefusals: [],
    namespaceTerminating: false,
    restore: restoreFacts(world),
    backups: { newest: undefined, schedules: [], running: [], phases: new Map() },
    auth: { etcd: authOf(world), users: [] },
    tls: world.wish.made?.tls === undefined && world.set?.made?.tls === undefined ? unread : whole,
    memory: {
      // As many looks as it takes: what counts here is only whether it is in sync.
      inSyncLooks: new Map(
        world.etcd.members.flatMap((row) => (row.learner && world.volumes[row.ordinal]?.log?.synced ? [[row.id, 99]] : [])),
      ),
      majorityAt: undefined,
      unstartedSince: new Map(
        world.etcd.members.flatMap(({ id, published }) =>
          published ? [] : [[id, world.memory.overdue.includes(id) ? now - 600_000 : now - 10_000] as const],
        ),
      ),
      volumeDeletionDeniedAt: undefined,
      growthRefusals: new Map(),
      secretRefusals: new Map(),
      failedJoins: new Map(world.memory.failedJoins.map((ordinal) => [nameOf(ordinal), { count: 1, at: now }])),
      provedTroubles: new Map(),
      peerRefusals: new Map(
        (world.memory.refused ?? []).flatMap((uid, ordinal) => (uid === undefined ? [] : [[nameOf(ordinal), String(uid)] as const])),
      ),
      unreadySince: new Map([...nodesOf(world).keys()].map((name) => [name, now - 600_000])),
      exits: exitsOf(world),
      standingStill: new Map(),
      outSince: new Map(world.pods.flatMap((pod) => (pod === undefined || pod.serving ? [] : [[String(pod.uid), now - 60_000] as const]))),
      disarms: Array.from({ length: world.memory.disarms ?? 0 }, () => now - 60_000),
      longStep: undefined,
      ended: new Map(),
      revisions: [],
      refusedWrites: [],
    },
  }
}

/** What a pass plans from: the watches may lag; the members are asked now, where their pods were. */
export function cachedViewOf(world: World): ClusterView {
  const live = viewOf(world)
  if (world.cache === undefined) return live
  const seen = viewOf({ ...world, ...world.cache })
  const answers = world.cache.pods.flatMap((pod, ordinal) => {
    if (pod === undefined) return []
    const answer = world.pods[ordinal]?.uid === pod.uid ? live.answers.get(nameOf(ordinal)) : undefined
    return [[nameOf(ordinal), answer ?? unknown('connection refused')] as const]
  })
  return { ...seen, membership: live.membership, answers: new Map(answers), memory: live.memory }
}

/** The leader is asked. */
function authOf({ etcd: { auth, leader } }: World): ClusterView['auth']['etcd'] {
  if (auth === undefined) return known(nobodyAsks)
  if (leader === undefined) return unknown('there is no leader to ask')
  const nobody = auth.isOn ? known('refused' as const) : nobodyAsks.nobody
  return known({ ...nobodyAsks, enabled: auth.isOn, root: auth.root ? 'ready' : 'absent', nobody })
}

const names = Array.from({ length: 10 }, (_, ordinal) => `demo-${ordinal}`)

export function nameOf(ordinal: number): string {
  return names[ordinal] ?? `demo-${ordinal}`
}

export function ordinalOf(name: string): number {
  return Number(name.slice('demo-'.length))
}

function nodeOf(ordinal: number): string {
  return `n${ordinal}`
}

/** A node counts as lost when enough time has gone by for its pod to be deleted. */
function nodesOf(world: World): ClusterView['nodes'] {
  return new Map(
    world.pods.flatMap((pod, ordinal) =>
      pod?.phase === 'lost'
        ? [[nodeOf(ordinal), known({ state: 'not-ready', since: pod.deletedBy === undefined ? now : now - 600_000 } as const)] as const]
        : [],
    ),
  )
}

const anyCluster = anEtcdCluster()
/** The Secrets with certificates are explored by themselves. */
const whole = certificates()
const unread = tlsUnread('not read: no member speaks TLS')
const clusters = new Map<string, EtcdCluster>()

function clusterOf({ version, wish, status, restore }: World): EtcdCluster {
  const { made = {} } = wish
  const key = `${version} ${wish.size} ${wish.paused} ${wish.replace} ${status.frozen} ${status.pinned} ${restore !== undefined} ${wish.storage} ${wish.moves} ${wish.closed} ${madeText(made)} ${made.tls} ${status.tls} ${status.logsFrom} ${wish.auth} ${status.switchedOn} ${wish.leads} ${status.leads?.mark} ${status.leads?.state}`
  let cluster = clusters.get(key)
  if (cluster === undefined) {
    const frozen = {
      size: status.frozen ?? 0,
      token: `demo-${uid}-0`,
      incarnation,
      ...(restore ? { restore: from } : {}),
      ...frozenTls(status.tls ?? 'Off'),
    }
    const bootstrap = status.frozen === undefined ? {} : { bootstrap: frozen }
    cluster = anEtcdCluster(
      {
        ...specOf(version, made),
        size: wish.size,
        paused: wish.paused ?? false,
        repair: { replaceMembers: wish.replace ?? [] },
        ...(wish.closed ? { maintenance: { windows: [tomorrow] } } : {}),
        ...(wish.storage === undefined
          ? {}
          : { storage: { size: `${wish.storage}Gi`, migration: wish.moves ? 'MemberByMember' : 'None' } }),
        ...(restore ? { bootstrap: { restore: { backup: 'b1' } } } : {}),
        ...(wish.auth ? { auth: { enabled: true } } : {}),
      },
      {
        ...bootstrap,
        ...(status.pinned ? { clusterID: clusterId } : {}),
        ...(status.logsFrom ? { logsFrom: status.logsFrom } : {}),
        ...(status.leads ? { wishes: { moveLeader: { value: status.leads.mark, state: status.leads.state, since: rfc3339(0) } } } : {}),
        ...(status.switchedOn ? { auth: { switchedOn: true } } : {}),
      },
    )
    const annotations = {
      ...(made.restart ? { [annotation.restartedAt]: `r${made.restart}` } : {}),
      ...(wish.leads ? { [annotation.moveLeader]: wish.leads } : {}),
    }
    if (Object.keys(annotations).length > 0) cluster = { ...cluster, metadata: { ...cluster.metadata, annotations } }
    clusters.set(key, cluster)
  }
  return cluster
}

/** It is Saturday. */
const tomorrow = { schedule: '0 2 * * SUN', duration: '4h', timeZone: 'Etc/UTC' }

function specOf(version: string, made: Made): SpecWish {
  return {
    version: made.version ?? version,
    ...(made.pod ? { pod: { priorityClassName: `p${made.pod}` } } : {}),
    // What is explored without TLS begins and stays in plain text.
    tls: { mode: made.tls ?? 'Off', ...(made.settings === open ? { clientCertificates: 'None' } : {}) },
    ...(made.settings && made.settings !== open ? { etcd: { snapshotCount: 10_000 + made.settings } } : {}),
  }
}

/** The EtcdCluster as it was when something was made from it. */
function madeCluster({ version }: Pick<World, 'version'>, made: Made = {}): EtcdCluster {
  return clusterOf({ ...aWorld(3, version), wish: { size: 3, made } })
}

/** Of a volume of 1Gi. */
export const firstQuota = Math.floor(0.4 * 2 ** 30)

const settingsIds = new Map<string, string>()
const settingsByName = new Map<string, Made>()

/** The name of the settings that were made from this. */
export function settingsIdOf(version: World['version'], made: Made = {}): string {
  const key = `${version} ${settingsText(made)}`
  const known = settingsIds.get(key)
  if (known !== undefined) return known
  const settings = memberSettings(aCluster(specOf(version, made)).withStatefulSet({ volumeSize: '1Gi' }))
  const id = settingsId({ ...settings, quotaBackendBytes: made.quota ?? firstQuota })
  settingsIds.set(key, id)
  // Clusters that began with different versions have different names for what they began with.
  const name = `${version} ${id}`
  if (!settingsByName.has(name)) settingsByName.set(name, made)
  return id
}

/** What a mark on a pod says. */
export function settingsNamed({ version }: Pick<World, 'version'>, id: string): Made {
  const made = settingsByName.get(`${version} ${id}`)
  if (made === undefined) throw new Error(`no settings have the name ${id}`)
  return made
}

const templates = new WeakMap<EtcdCluster, string>()

function templateOf(cluster: EtcdCluster): string {
  const hash = templates.get(cluster) ?? templateHash(cluster)
  templates.set(cluster, hash)
  return hash
}

const entriesOf = { '3.5.35': entriesFor('3.5.35'), '3.6.16': entriesFor('3.6.16'), '3.7.3': entriesFor('3.7.3') }

function entriesFor(version: World['version']) {
  return oncePer((keys: PerMember<ConfigKey>): ReadonlyMap<string, ConfigEntry> => {
    return new Map(keys.flatMap((key, ordinal) => (key ? [[nameOf(ordinal), entryOf(version, ordinal, key)]] : [])))
  })
}

function entryOf(version: World['version'], ordinal: number, key: ConfigKey): ConfigEntry {
  const maxLearners = maxLearnersOf({ version })
  const settings = settingsIdOf(version, key.made)
  return {
    state: key.state,
    members: key.members.map(nameOf),
    ...textOf(version, ordinal, key),
    maxLearners,
    settings,
    quotaBytes: undefined,
    peerUrls: key.members.map((member) => peerUrl(anyCluster, nameOf(member), key.https?.includes(member) ? 'https' : 'http')),
    profile: key.made?.tls ?? 'Off',
  }
}

const texts = new Map<string, Pick<ConfigEntry, 'text' | 'hash'>>()

/** The very text that the operator writes: a config whose text would differ today counts as outdated. */
function textOf(
  version: World['version'],
  ordinal: number,
  { state, members, https, made }: ConfigKey,
): Pick<ConfigEntry, 'text' | 'hash'> {
  const key = `${version} ${ordinal} ${state} ${members.join()} ${https?.join()} ${settingsText(made)}`
  const known = texts.get(key)
  if (known !== undefined) return known
  const view = aCluster(specOf(version, made ?? {})).frozen()
  const text = memberConfigText(view, nameOf(ordinal), state === 'established' ? { state } : { state, members: members.map(nameOf) })
  const written = { text, hash: shortHash(text) }
  texts.set(key, written)
  return written
}

function podFacts(world: World, ordinal: number, pod: Pod): PodFacts {
  const name = nameOf(ordinal)
  const cluster = madeCluster(world, pod.made)
  const profile = (pod.started === 'unmarked' ? world.configs?.entries[ordinal]?.made?.tls : pod.started?.tls) ?? 'Off'
  return {
    name,
    uid: String(pod.uid),
    ours: true,
    ip: `10.0.0.${ordinal}`,
    node: nodeOf(ordinal),
    // Long enough ago for whatever waits some seconds.
    createdAt: now - 10_000 + Math.min(pod.uid, 5_000),
    endsBy: pod.deletedBy === undefined ? undefined : pod.phase === 'lost' ? now - 600_000 : now,
    abandoned: false,
    ready:
      !world.etcd.isCorrupt && pod.phase === 'up' && votersOf(world).some((row) => row.ordinal === ordinal && isMemberServing(world, row)),
    serving: pod.serving,
    kept: pod.kept ?? false,
    labelled: true,
    revision: templateOf(cluster),
    image: etcdImage(cluster),
    podSpec: podSpecHash(cluster),
    startedWith: pod.started === 'unmarked' ? undefined : settingsIdOf(world.version, pod.started),
    profile,
    clientScheme: clientsReach({ profile }, world.configs?.entries[ordinal]?.made?.tls ?? 'Off'),
    restartedAt: restartedAt(cluster),
    labels: podLabels(cluster),
    annotations: pod.made?.tls === undefined || pod.made.tls === 'Off' ? {} : { [annotation.tls]: pod.made.tls },
    config: world.configs && entriesOf[world.version](world.configs.entries).get(name)?.hash,
    etcd: containerOf(pod),
    restarts: pod.exit === undefined ? 0 : 1,
    lastExit: pod.exit === undefined ? undefined : { cause: pod.exit, message: pod.exit, at: exitedAt(world, ordinal, pod) },
    unschedulable: undefined,
    warning: undefined,
  }
}

/** Before the present member of its name was listed, or since. */
function exitedAt(world: World, ordinal: number, { exitOf }: Pod): number {
  return world.etcd.members.some((row) => row.ordinal === ordinal && row.id === exitOf) ? now : now - 20_000
}

/** What the operator has counted; it forgets that when it dies, and counts anew. */
function exitsOf(world: World): ClusterView['memory']['exits'] {
  return new Map(
    world.pods.flatMap((pod, ordinal) => {
      const volume = world.volumes[ordinal]
      if (pod?.exit === undefined || !pod.exitedTwice || volume === undefined) return []
      return [[nameOf(ordinal), { cause: pod.exit, count: 2, claimUid: String(volume.uid), podUid: String(pod.uid), start: 1 }] as const]
    }),
  )
}

function containerOf(pod: Pod): PodFacts['etcd'] {
  switch (pod.phase) {
    case 'waiting':
      return { state: 'waiting', reason: pod.made?.pod === broken ? 'ImagePullBackOff' : 'ContainerCreating', message: '' }
    case 'backoff':
      return { state: 'waiting', reason: 'CrashLoopBackOff', message: 'back-off' }
    case 'raft':
    case 'joined':
    case 'up':
      return { state: 'running', since: now }
    case 'ended':
      return { state: 'terminated' }
    case 'lost':
    case 'frozen':
      // As its kubelet said last.
      return { state: 'running', since: now - 600_000 }
  }
}

function restoreFacts(world: World): ClusterView['restore'] {
  const { restore, status, set } = world
  if (restore === undefined || status.pinned) return undefined
  const [verification, run] = [runOf(world, restore.verify, verified), runOf(world, restore.write, { result: 'Published' })]
  if (status.frozen === undefined) return sourceFacts({ verification })
  if (set === undefined) return dataFacts({ run })
  // The keys that were restored are counted at their revision: whatever it is that answers has them, or it isn't a restored member.
  const isThere = world.pods[0]?.phase === 'up'
  return {
    stage: 'member',
    used: [
      { job: 'demo-verify', run: verification },
      { job: 'demo-restore', run },
    ],
    count: isThere ? known({ state: 'counted', keys: from.liveKeys }) : unknown('it does not run'),
  }
}

/** Every version can open it. */
const verified: AgentResult = { result: 'Verified', snapshot: { ...snapshot, storageVersion: '3.5' } }
const runs = new Map<EtcdCluster, Map<string, AskedRun>>()

function runOf(world: World, job: Job, result: AgentResult): AskedRun {
  const cluster = clusterOf(world)
  const ofCluster = runs.get(cluster) ?? new Map<string, AskedRun>()
  runs.set(cluster, ofCluster)
  const key = `${job} ${result.result}`
  const before = ofCluster.get(key)
  if (before !== undefined) return before
  const asked = askedFor(cluster, from)
  const made = job === 'absent' ? noJob : job === 'running' ? aRun({ asked }) : aRun({ state: 'succeeded', result, asked })
  ofCluster.set(key, made)
  return made
}

function volumeFacts(world: World): readonly VolumeFacts[] {
  const voters = voterText(world.etcd.members)
  return world.volumes.flatMap((volume, ordinal) => {
    if (volume === undefined) return []
    const facts: VolumeFacts = {
      name: volumeName(nameOf(ordinal)),
      uid: String(volume.uid),
      member: nameOf(ordinal),
      deleting: volume.deleting,
      bound: true,
      ...sizesOf(world, volume),
      unused: false,
      node: undefined,
      labelled: true,
      // The marks of an earlier cluster stand there until a member of this one has started on it.
      clusterUid: isEarlier(volume) ? 'earlier' : uid,
      clusterId: isEarlier(volume) ? 'c0c0' : volume.marked === undefined ? undefined : clusterId,
      memberId: isEarlier(volume) ? 'a9' : volume.marked,
      incarnation: isEarlier(volume) ? 'old' : incarnation,
      tls: undefined,
      // Written again whenever the voters change; nothing that is explored here reads it.
      voters,
      volumeName: `pv-${volume.uid}`,
      lost: false,
      markedClaimUid: isEarlier(volume) || volume.marked === undefined ? undefined : String(volume.uid),
      markedVolumeName: isEarlier(volume) || volume.marked === undefined ? undefined : `pv-${volume.uid}`,
      markedNode: isEarlier(volume) || volume.marked === undefined ? undefined : nodeOf(ordinal),
      // Written when it moves far; nothing that is explored here reads it.
      progress: { revision: 4900, applied: 5000, at: now },
    }
    return [facts]
  })
}

/** Left out where sizes are: the members' configs would depend on them. */
function sizesOf(
  { wish }: World,
  { storage = 1, asks = storage }: Volume,
): Pick<VolumeFacts, 'capacityBytes' | 'requestedBytes' | 'className' | 'madeFor' | 'resize'> {
  if (wish.storage === undefined)
    return { capacityBytes: undefined, requestedBytes: undefined, className: undefined, madeFor: undefined, resize: undefined }
  const [capacityBytes, requestedBytes] = [storage * 2 ** 30, asks * 2 ** 30]
  return { capacityBytes, requestedBytes, className: 'standard', madeFor: { bytes: requestedBytes, className: '' }, resize: undefined }
}

function isEarlier({ earlier = false, marked }: Volume): boolean {
  return earlier && marked === undefined
}

const voterText = oncePer((rows: readonly Row[]) =>
  formatVoters(rows.flatMap(({ id, ordinal, learner }) => (learner ? [] : { id, name: nameOf(ordinal) }))),
)

/** A linearizable list needs a leader, and a voter that can be asked. */
function membershipOf(world: World): ClusterView['membership'] {
  if (world.etcd.leader === undefined || !votersOf(world).some((row) => isMemberServing(world, row))) return unknown('no voter answers')
  return known({ clusterId, members: listOf(world.etcd.members) })
}

const listOf = oncePer((rows: readonly Row[]) =>
  namedOnce(
    rows.map(({ id, ordinal, learner, published, https }): Member => {
      if (ordinal === stranger) return { id, name: undefined, peerUrl: 'http://10.0.0.9:2380', isLearner: learner, published }
      const name = nameOf(ordinal)
      return { id, name, peerUrl: peerUrl(anyCluster, name, https ? 'https' : 'http'), isLearner: learner, published }
    }),
  ),
)

/** Releases that store it wrongly are not modelled. */
function storedBy(world: World): ClusterView['storedMembers'] {
  const rows = world.etcd.members.map(({ id, learner }) => ({ id, isLearner: learner }))
  return known(new Map(world.etcd.members.map(({ ordinal }) => [nameOf(ordinal), rows])))
}

/** As src/observe/cluster/hash-vote.ts asks, where something says that the data may differ. */
function hashVoteOf(world: World): ClusterView['hashVote'] {
  const isRefused = world.pods.some((pod) => pod?.exit === 'peers-differ' && !isRunning(pod))
  if ((!world.etcd.isCorrupt && !isRefused) || !membershipOf(world).known)
    return unknown('nothing says that the data of the members differ')
  return countHashes(
    1,
    votersOf(world).map(({ id, ordinal, ...row }, index) => {
      // No two volumes are damaged in the same way.
      const wrong = world.volumes[ordinal]?.log?.damage === 'wrong' ? ordinal + 1 : 0
      const isGiven = isMemberServing(world, { id, ordinal, ...row })
      const hash = isGiven ? known({ hash: world.etcd.isScattered ? index : wrong, compactRevision: 1 }) : unknown('it does not answer')
      return { id, version: isGiven ? world.version : undefined, hash }
    }),
  )
}

/** etcd doesn't always know which member is wrong. */
const corrupt = [{ alarm: 'CORRUPT', memberId: '0' }] as const

function answerOf(world: World, ordinal: number, pod: Pod): Known<Answer> {
  const log = world.volumes[ordinal]?.log
  if (!isRunning(pod) || log === undefined) return unknown('its etcd is not running')
  if (pod.phase === 'raft') return unknown('connection refused')
  const row = world.etcd.members.find(({ id }) => id === log.id)
  const own = {
    memberId: log.id,
    version: pod.made?.version ?? world.version,
    hasLeader: row !== undefined && world.etcd.leader !== undefined && isLed(world, row),
    isLearner: row?.learner ?? false,
    raftAppliedIndex: log.synced ? 5000 : 1000,
    revision: log.synced ? 4900 : 900,
    dbBytes: 20_000,
    dbBytesInUse: 10_000,
  }
  if (pod.phase !== 'up') return known({ serves: false, isDefragmenting: false, ...own })
  const leaderId = own.hasLeader ? world.etcd.leader : undefined
  return known({
    serves: true,
    dbQuotaBytes: undefined,
    storageVersion: minorOf(own.version) === '3.5' ? undefined : `${world.etcd.minor ?? minorOf(own.version)}.0`,
    downgradeTarget: minorOf(own.version) === '3.5' || world.etcd.target === undefined ? undefined : `${world.etcd.target}.0`,
    ...own,
    clusterId,
    leaderId,
    raftIndex: 5000,
    raftTerm: 2,
    alarms: world.etcd.isCorrupt ? corrupt : [],
  })
}
