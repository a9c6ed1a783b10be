import type { EtcdCluster, EtcdClusterSpec, EtcdClusterStatus } from '../../src/api/etcd-cluster.ts'
import { nobodyAsks } from '../../src/model/cluster/auth-facts.ts'
import { countHashes } from '../../src/model/cluster/count-hashes.ts'
import { type EndedStep, type LongStep, longStepKey } from '../../src/model/cluster/long-steps.ts'
import { wantedSettings } from '../../src/model/cluster/member-settings.ts'
import type { Memory } from '../../src/model/cluster/memory.ts'
import { formatVoters } from '../../src/model/cluster/retained-volumes.ts'
import { etcdImage, podSpecHash, restartedAt, templateHash } from '../../src/model/cluster/revision.ts'
import { storageWish } from '../../src/model/cluster/storage-wish.ts'
import { nextProfile, profileIn } from '../../src/model/cluster/tls.ts'
import type {
  Answer,
  ClusterView,
  ConfigEntry,
  ConfigFacts,
  Exit,
  Member,
  Membership,
  NodeFacts,
  PodFacts,
  RaftAnswer,
  ServingAnswer,
  StatefulSetFacts,
  VolumeFacts,
} from '../../src/model/cluster/view.ts'
import { shortHash } from '../../src/model/hash.ts'
import { type Known, known, unknown } from '../../src/model/known.ts'
import { clientScheme, memberName, memberOfVolume, peerScheme, peerUrl, volumeName } from '../../src/model/names.ts'
import type { Owned } from '../../src/model/owned.ts'
import { parseQuantity } from '../../src/model/quantity.ts'
import { tlsUnread } from '../../src/model/tls/unread.ts'
import { hasMaxLearners, minorKey } from '../../src/model/versions.ts'
import { podLabels, podTemplate } from '../../src/objects/cluster/stateful-set.ts'
import { maxLearners } from '../../src/objects/etcd-config/config-file.ts'
import { initialPeers, memberConfigText } from '../../src/objects/etcd-config/member-config.ts'
import { certificates } from './certificates.ts'
import { withCrdDefaults } from './crd-defaults.ts'

/** Times in views are told from here. */
export const now = Date.parse('2026-11-21T10:00:00Z')
export const clusterId = 'c1c1'
export const incarnation = 'inc0'
export const uid = 'uid-demo'

type Deep<T> = T extends object ? { readonly [K in keyof T]?: Deep<T[K]> } : T
export type SpecWish = Deep<EtcdClusterSpec>

/** As a member reports it whose cluster has settled. */
export function storageVersionOf(version: string): string | undefined {
  return version.startsWith('3.5.') ? undefined : `${minorKey(version)}.0`
}

/** An EtcdCluster as the API server returns it; in plain text, where nothing else is said. */
export function anEtcdCluster(spec: SpecWish = {}, status?: EtcdClusterStatus): EtcdCluster {
  const { storage, tls, ...rest } = spec
  return withCrdDefaults('etcdclusters', {
    metadata: { name: 'demo', namespace: 'ns', uid, resourceVersion: '1', generation: 1, creationTimestamp: '2026-11-21T09:00:00Z' },
    spec: { version: '3.6.16', storage: { size: '1Gi', ...storage }, tls: { mode: 'Off', ...tls }, ...rest },
    ...(status ? { status } : {}),
  })
}

/** A cluster that was just created: nothing of it exists yet. Every method answers with another view. */
export function aCluster(spec: SpecWish = {}): Scene {
  return new Scene({
    now,
    monotonicMs: now,
    cluster: anEtcdCluster(spec),
    setBackFrom: undefined,
    statefulSet: { state: 'absent' },
    config: { state: 'absent' },
    others: [],
    operatorNamespace: 'etcd-operator-system',
    pods: [],
    volumes: [],
    membership: unknown('no voter answers'),
    answers: new Map(),
    foreignAnswers: new Map(),
    hashVote: unknown('nothing says that the data of the members differ'),
    storedMembers: unknown('not asked: no version change needs it'),
    nodes: new Map(),
    performance: new Map(),
    heardByLeader: unknown('not asked: no node seems to be lost'),
    storageClass: known('exists'),
    storageClasses: [],
    expandable: unknown('not looked up: no volume is to grow'),
    podRefusals: [],
    namespaceTerminating: false,
    restore: undefined,
    backups: { newest: undefined, schedules: [], running: [], phases: new Map() },
    tls: (spec.tls?.mode ?? 'Off') === 'Off' ? tlsUnread('not read: no member speaks TLS') : certificates(),
    auth: { etcd: known(nobodyAsks), users: [] },
    memory: {
      inSyncLooks: new Map(),
      majorityAt: undefined,
      unstartedSince: new Map(),
      volumeDeletionDeniedAt: undefined,
      growthRefusals: new Map(),
      secretRefusals: new Map(),
      failedJoins: new Map(),
      provedTroubles: new Map(),
      peerRefusals: new Map(),
      unreadySince: new Map(),
      exits: new Map(),
      standingStill: new Map(),
      disarms: [],
      outSince: new Map(),
      longStep: undefined,
      ended: new Map(),
      revisions: [],
      refusedWrites: [],
    },
  })
}

interface LearnerState {
  /** Its etcd has published itself and answers; else its pod is starting. */
  readonly started?: boolean
  /** Entries behind the leader. */
  readonly lag?: number
  /** Consecutive looks at which it was in sync. */
  readonly looks?: number
  /** Default: established once it has started, else joining with the list as it is then. */
  readonly config?: Partial<ConfigEntry>
}

function aLongStep(action: LongStep['do'], member: string, startedAt: number): LongStep {
  const revision = action === 'Compact' ? 1 : undefined
  return { do: action, member, id: idOf(member), revision, startedAt, deadlineMs: 220_000, bytesBefore: 60 * 2 ** 20 }
}

/** A view that reads as a sentence: `aCluster({ size: 5 }).running(3).withLearner('demo-3').withLeader('demo-1')`. */
export class Scene implements ClusterView {
  readonly now!: number
  readonly monotonicMs!: number
  readonly cluster!: EtcdCluster
  readonly setBackFrom!: number | undefined
  readonly statefulSet!: Owned<StatefulSetFacts>
  readonly config!: Owned<ConfigFacts>
  readonly others!: ClusterView['others']
  readonly operatorNamespace!: string
  readonly auth!: ClusterView['auth']
  readonly pods!: readonly PodFacts[]
  readonly volumes!: readonly VolumeFacts[]
  readonly membership!: Known<Membership>
  readonly answers!: ReadonlyMap<string, Known<Answer>>
  readonly foreignAnswers!: ClusterView['foreignAnswers']
  readonly hashVote!: ClusterView['hashVote']
  readonly storedMembers!: ClusterView['storedMembers']
  readonly nodes!: ClusterView['nodes']
  readonly performance!: ClusterView['performance']
  readonly heardByLeader!: ClusterView['heardByLeader']
  readonly storageClass!: ClusterView['storageClass']
  readonly storageClasses!: ClusterView['storageClasses']
  readonly expandable!: ClusterView['expandable']
  readonly podRefusals!: ClusterView['podRefusals']
  readonly namespaceTerminating!: boolean
  readonly restore!: ClusterView['restore']
  readonly backups!: ClusterView['backups']
  readonly tls!: ClusterView['tls']
  readonly memory!: Memory

  constructor(view: ClusterView) {
    Object.assign(this, view)
  }

  with(changes: Partial<ClusterView>): Scene {
    return new Scene({ ...this, ...changes })
  }

  /** So much time goes by. */
  later(ms: number): Scene {
    return this.with({ now: this.now + ms, monotonicMs: this.monotonicMs + ms })
  }

  /** A person, or a time server, sets the operator's wall clock back. */
  withClockSetBack(ms: number): Scene {
    return this.with({ now: this.now - ms })
  }

  // The EtcdCluster

  withSpec(changes: SpecWish): Scene {
    const merged = { ...this.cluster.spec, ...changes } as EtcdClusterSpec // Whole fields are replaced, as a person edits them.
    return this.with({ cluster: { ...this.cluster, spec: merged, metadata: { ...this.cluster.metadata, generation: 2 } } })
  }

  resized(size: number): Scene {
    return this.withSpec({ size })
  }

  paused(): Scene {
    return this.withSpec({ paused: true })
  }

  /** What disrupts may begin at these times alone, beside the windows that there are already. */
  withWindow(schedule: string, duration: string, timeZone = 'Etc/UTC'): Scene {
    const { maintenance } = this.cluster.spec
    return this.withSpec({ maintenance: { ...maintenance, windows: [...maintenance.windows, { schedule, duration, timeZone }] } })
  }

  /** Its maintenance window opens the next time on Sunday at two, and is closed for now. */
  outsideWindow(): Scene {
    return this.withWindow('0 2 * * SUN', '4h')
  }

  deleted(): Scene {
    const metadata = { ...this.cluster.metadata, deletionTimestamp: '2026-11-21T10:00:00Z' }
    return this.with({ cluster: { ...this.cluster, metadata } })
  }

  withFinalizers(...finalizers: readonly string[]): Scene {
    return this.with({ cluster: { ...this.cluster, metadata: { ...this.cluster.metadata, finalizers } } })
  }

  annotated(annotations: Readonly<Record<string, string>>): Scene {
    return this.with({ cluster: { ...this.cluster, metadata: { ...this.cluster.metadata, annotations } } })
  }

  withStatus(changes: EtcdClusterStatus): Scene {
    return this.with({ cluster: { ...this.cluster, status: { ...this.cluster.status, ...changes } } })
  }

  /** Token, size and data directory of the first start are written down. */
  frozen(size = this.cluster.spec.size): Scene {
    const { mode } = this.cluster.spec.tls
    const tls = mode === undefined || mode === 'Off' ? {} : { tls: mode }
    return this.withStatus({ bootstrap: { size, token: `demo-${uid}-0`, incarnation, ...tls } })
  }

  pinned(): Scene {
    return this.withStatus({ clusterID: clusterId })
  }

  // All of it

  /** Members 0 to count-1 are voters that serve, led by demo-0; nothing is left to do when that is what the spec asks for. */
  running(count = this.cluster.spec.size): Scene {
    const names = Array.from({ length: count }, (_, ordinal) => memberName(this.cluster, ordinal))
    let scene = this.frozen(count).pinned().withStatefulSet({ replicas: count, clusterId }).withMembership([])
    for (const name of names) scene = scene.withVoter(name)
    const voters = formatVoters(names.map((name) => ({ name, id: idOf(name) })))
    return scene.withLeader(memberName(this.cluster, 0)).with({ volumes: scene.volumes.map((volume) => ({ ...volume, voters })) })
  }

  /** Its first members are being started: configs and pods are there, nobody answers yet. */
  starting(): Scene {
    const names = Array.from({ length: this.cluster.spec.size }, (_, ordinal) => memberName(this.cluster, ordinal))
    let scene = this.frozen().withStatefulSet({ replicas: names.length })
    for (const name of names) scene = scene.withConfig(name, { state: 'bootstrap', members: names }).withPod(name).withVolume(name)
    return scene
  }

  withStatefulSet(facts: Partial<StatefulSetFacts> = {}): Scene {
    const value = {
      replicas: this.cluster.spec.size,
      updateRevision: 'rev-1',
      current: true,
      template: templateHash(this.cluster),
      version: this.cluster.spec.version,
      podTemplate: podTemplate(this.cluster),
      volumeSize: String(this.cluster.spec.storage.size),
      volumeClass: this.cluster.spec.storage.className || undefined,
      clusterId: undefined,
      incarnation,
      ...(this.statefulSet.state === 'ours' ? this.statefulSet.value : {}),
      ...facts,
    }
    return this.with({ statefulSet: { state: 'ours', uid: 'uid-set', resourceVersion: '1', deleting: false, value } })
  }

  // One member

  /** A member that has its vote, runs, answers and serves. */
  withVoter(name: string): Scene {
    return this.withMember(name, { isLearner: false })
      .withAnswer(name)
      .withConfig(name, { state: 'established', members: [] })
      .withPod(name, { ready: true, serving: true })
      .withVolume(name, { memberId: idOf(name), clusterId })
  }

  withLearner(name: string, { started = true, lag = 0, looks = 2, config = {} }: LearnerState = {}): Scene {
    const listed = this.withMember(name, { isLearner: true, published: started })
    const names = listed.members().flatMap((member) => member.name ?? [])
    const scene = listed
      .withConfig(name, { ...(started ? { state: 'established', members: [] } : { state: 'joining', members: names }), ...config })
      .withPod(name)
      .withVolume(name, started ? { memberId: idOf(name), clusterId } : {})
      .withStatefulSet({ replicas: Math.max(replicasOf(listed), ordinal(name) + 1) })
    if (!started) return scene.silent(name)
    return scene.withAnswer(name, { isLearner: true, raftAppliedIndex: leaderIndex - lag }).remembering({
      inSyncLooks: new Map([...this.memory.inSyncLooks, [idOf(name), looks]]),
    })
  }

  /** No trace of it: no row in the list, no pod, no volume, no config. */
  without(name: string): Scene {
    return this.unlisted(name).withoutPod(name).withoutVolume(name).withoutConfig(name)
  }

  /** Its pod runs, but it does not answer. */
  silent(name: string, why = 'deadline exceeded'): Scene {
    return this.with({ answers: new Map([...this.answers, [name, unknown(why)]]) })
  }

  /** Somebody has switched etcd's authentication on: every member that answered refuses the operator. */
  withAuthentication(): Scene {
    const why = 'status of http://10.0.0.1:2379: etcdserver: user name is empty'
    const refused = [...this.answers].map(([name, answer]) => [name, answer.known ? unknown(why, 'forbidden') : answer] as const)
    return this.with({ answers: new Map(refused) }).withoutMajority()
  }

  /** Its etcd ended and is not started again for now. */
  crashed(name: string, cause: Exit['cause'] = 'other', message = 'panic'): Scene {
    const exit = { cause, message, at: this.now - 1000 }
    const etcd = { state: 'waiting', reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' } as const
    return this.silent(name, 'its etcd is not running').withPod(name, { etcd, ready: false, lastExit: exit, restarts: 2 })
  }

  /** Its pod is on node n3, which has not been ready for so long; etcd's leader is connected with the others alone. */
  onLostNode(name: string, ms = 6 * 60_000): Scene {
    const others = this.members().flatMap((member) => (member.name === name ? [] : member.id))
    return this.silent(name)
      .withPod(name, { node: 'n3', ready: false })
      .withNode('n3', { state: 'not-ready', since: this.now - ms })
      .with({ heardByLeader: known(new Set(others)) })
      .remembering({ unreadySince: new Map([['n3', this.monotonicMs - ms]]) })
  }

  withNode(name: string, facts: NodeFacts): Scene {
    return this.with({ nodes: new Map([...this.nodes, [name, known(facts)]]) })
  }

  withLeader(name: string | undefined): Scene {
    const leaderId = name === undefined ? undefined : idOf(name)
    const hasLeader = leaderId !== undefined
    const answers = [...this.answers].map(([member, answer]): readonly [string, Known<Answer>] => {
      if (!answer.known) return [member, answer]
      return [member, known(answer.value.serves ? { ...answer.value, leaderId, hasLeader } : { ...answer.value, hasLeader })]
    })
    return this.with({ answers: new Map(answers) })
  }

  // The rows

  members(): readonly Member[] {
    return this.membership.known ? this.membership.value.members : []
  }

  withMembership(members: readonly Member[], id = clusterId): Scene {
    return this.with({ membership: known({ clusterId: id, members }) })
  }

  withMember(name: string, changes: Partial<Member> = {}): Scene {
    const before = this.members().find((member) => member.name === name)
    const own = peerUrl(this.cluster, name, peerScheme(nextProfile(this)))
    const row = { id: idOf(name), name, peerUrl: own, isLearner: false, published: true, ...before, ...changes }
    return this.withMembership([...this.members().filter((member) => member.name !== name), row])
  }

  /** Listed by etcd, added by somebody else. */
  withStranger(id = 'beef'): Scene {
    const row = { id, name: undefined, peerUrl: 'http://10.0.0.9:2380', isLearner: false, published: true }
    return this.withMembership([...this.members(), row])
  }

  unlisted(name: string): Scene {
    return this.membership.known ? this.withMembership(this.members().filter((member) => member.name !== name)) : this
  }

  withoutMajority(why = 'no voter answers'): Scene {
    return this.with({ membership: unknown(why) }).withLeader(undefined)
  }

  withAnswer(name: string, changes: Partial<Omit<ServingAnswer, 'serves'>> = {}): Scene {
    const before = this.answers.get(name)
    const answer: ServingAnswer = {
      serves: true,
      hasLeader: true,
      clusterId,
      memberId: idOf(name),
      version: this.cluster.spec.version,
      leaderId: idOf(memberName(this.cluster, 0)),
      isLearner: false,
      raftIndex: leaderIndex,
      raftAppliedIndex: leaderIndex,
      revision: leaderRevision,
      raftTerm: 2,
      dbBytes: 24_576,
      dbBytesInUse: 16_384,
      dbQuotaBytes: undefined,
      storageVersion: storageVersionOf(this.cluster.spec.version),
      downgradeTarget: undefined,
      alarms: [],
      ...(before?.known && before.value.serves ? before.value : {}),
      ...changes,
    }
    return this.with({ answers: new Map([...this.answers, [name, known(answer)]]) })
  }

  /** etcd's CORRUPT alarm is raised, in an entry for each of these member IDs; `0` names no member. */
  alarmed(...memberIds: readonly string[]): Scene {
    const alarms = memberIds.map((memberId) => ({ alarm: 'CORRUPT', memberId }) as const)
    const answers = [...this.answers].map(([name, answer]): readonly [string, Known<Answer>] =>
      answer.known && answer.value.serves ? [name, known({ ...answer.value, alarms })] : [name, answer],
    )
    return this.with({ answers: new Map(answers) })
  }

  /** The voters were compared: the hash of each that gave one, by name. */
  compared(hashes: Readonly<Record<string, number>>): Scene {
    const ballots = this.members()
      .filter(({ isLearner }) => !isLearner)
      .map(({ id, name = id }) => {
        const hash = hashes[name]
        const given = hash === undefined ? unknown(`${name} is silent`) : known({ hash, compactRevision: 5 })
        return { id, version: '3.6.16', hash: given }
      })
    return this.with({ hashVote: countHashes(812, ballots) })
  }

  /** Its etcd does not start, because its data differs from that of a member that runs. */
  refusedByPeers(name: string): Scene {
    return this.crashed(name, 'peers-differ', `discovery failed: ${idOf(name)} found data inconsistency with peers`)
  }

  /** All voters have a database of this size, of which so much is in use; the alarms are those of the named members. */
  withDatabases(bytes: number, inUse: number, fullMembers: readonly string[] = []): Scene {
    const alarms = fullMembers.map((name) => ({ alarm: 'NOSPACE', memberId: idOf(name) }) as const)
    const changes = { dbBytes: bytes, dbBytesInUse: inUse, dbQuotaBytes: 64 * 2 ** 20, alarms }
    return this.members().reduce<Scene>((scene, { name }) => (name === undefined ? scene : scene.withAnswer(name, changes)), this)
  }

  /** A long step of this operator on a member has ended so long ago. */
  afterLongStep(action: LongStep['do'], name: string, changes: Partial<EndedStep> = {}, agoMs = 1000): Scene {
    const answer = this.answers.get(name)
    const figures = answer?.known ? { bytes: answer.value.dbBytes, bytesInUse: answer.value.dbBytesInUse } : undefined
    const step: EndedStep = {
      ...aLongStep(action, name, this.now - agoMs - 1000),
      endedAt: this.now - agoMs,
      endedMs: this.monotonicMs - agoMs,
      after: figures,
      failure: undefined,
      ...changes,
    }
    return this.remembering({ ended: new Map([...this.memory.ended, [longStepKey(step), step]]) })
  }

  /** This operator has begun a long step on a member, and its end is not seen yet. */
  inLongStep(action: LongStep['do'], name: string): Scene {
    return this.remembering({ longStep: aLongStep(action, name, this.now - 1000) })
  }

  /** Its pod runs on the data of another cluster. */
  onForeignData(name: string, foreign = { clusterId: 'f00d', memberId: 'ff' }): Scene {
    const silent = this.silent(name, `it answers as a member of cluster ${foreign.clusterId}`)
    return silent.with({ foreignAnswers: new Map([...this.foreignAnswers, [name, foreign]]) })
  }

  /** It takes part in raft, and its client port doesn't serve yet. */
  takingPart(name: string, changes: Partial<Omit<RaftAnswer, 'serves'>> = {}): Scene {
    const before = this.withAnswer(name).answers.get(name)
    if (!before?.known) return this
    const { memberId, version, hasLeader, isLearner, raftAppliedIndex, revision, dbBytes, dbBytesInUse } = before.value
    const own = { memberId, version, hasLeader, isLearner, raftAppliedIndex, revision, dbBytes, dbBytesInUse, isDefragmenting: false }
    return this.with({ answers: new Map([...this.answers, [name, known({ serves: false, ...own, ...changes })]]) })
  }

  withConfig(name: string, changes: Partial<ConfigEntry> = {}): Scene {
    const before = this.config.state === 'ours' ? this.config.value.members : new Map<string, ConfigEntry>()
    const state = changes.state ?? before.get(name)?.state ?? 'established'
    const members = changes.members ?? before.get(name)?.members ?? []
    const entry: ConfigEntry = {
      state,
      members,
      text: state === 'unreadable' ? '' : memberConfigText(this, name, state === 'established' ? { state } : { state, members }),
      maxLearners: hasMaxLearners(this.cluster.spec.version) ? maxLearners : 1,
      quotaBytes: undefined,
      settings: wantedSettings(this),
      profile: nextProfile(this),
      ...before.get(name),
      peerUrls: initialPeers(this, members).map((peer) => peer.peerUrl),
      ...changes,
      hash: changes.hash ?? `hash of ${state}`,
    }
    return this.withConfigs(new Map([...before, [name, entry]]))
  }

  /** The configs say what would be written today. */
  withCurrentConfigs(): Scene {
    if (this.config.state !== 'ours') return this
    const members = [...this.config.value.members].map(([name, entry]) => {
      const initial =
        entry.state === 'bootstrap' || entry.state === 'joining' ? { state: entry.state, members: entry.members } : lockedState
      const text = memberConfigText(this, name, initial)
      return [name, { ...entry, text, hash: shortHash(text) }] as const
    })
    return this.withConfigs(new Map(members))
  }

  withoutConfig(name: string): Scene {
    if (this.config.state !== 'ours') return this
    return this.withConfigs(new Map([...this.config.value.members].filter(([other]) => other !== name)))
  }

  withConfigs(members: ReadonlyMap<string, ConfigEntry>): Scene {
    return this.with({ config: { state: 'ours', uid: 'uid-config', resourceVersion: '1', deleting: false, value: { members } } })
  }

  withPod(name: string, changes: Partial<PodFacts> = {}): Scene {
    const entry = this.config.state === 'ours' ? this.config.value.members.get(name) : undefined
    const pod: PodFacts = {
      name,
      uid: `pod-${name}`,
      ours: true,
      ip: `10.0.0.${ordinal(name) + 1}`,
      node: 'n1',
      createdAt: this.now - 60_000,
      endsBy: undefined,
      abandoned: false,
      ready: false,
      serving: false,
      kept: false,
      labelled: true,
      revision: 'rev-1',
      image: etcdImage(this.cluster),
      podSpec: podSpecHash(this.cluster),
      startedWith: entry?.settings,
      profile: entry?.profile ?? 'Off',
      clientScheme: clientScheme(entry?.profile ?? 'Off'),
      restartedAt: restartedAt(this.cluster),
      labels: podLabels(this.cluster),
      annotations: annotationsOf(podTemplate(this.cluster)),
      config: entry?.hash,
      etcd: { state: 'running', since: this.now - 50_000 },
      restarts: 0,
      lastExit: undefined,
      unschedulable: undefined,
      warning: undefined,
      ...this.pods.find((other) => other.name === name),
      ...listening(changes),
      ...changes,
    }
    const answers = this.answers.has(name) ? this.answers : new Map([...this.answers, [name, unknown('its etcd is not running')]])
    const outSince = new Map([...this.memory.outSince].filter(([uid]) => uid !== pod.uid))
    // Long ago, where nothing else is said.
    if (!pod.serving) outSince.set(pod.uid, this.memory.outSince.get(pod.uid) ?? this.monotonicMs - 60_000)
    const memory = { ...this.memory, outSince }
    return this.with({ pods: [...this.pods.filter((other) => other.name !== name), pod], answers, memory })
  }

  withoutPod(name: string): Scene {
    return this.with({
      pods: this.pods.filter((pod) => pod.name !== name),
      answers: new Map([...this.answers].filter(([member]) => member !== name)),
    })
  }

  withVolume(name: string, changes: Partial<VolumeFacts> = {}): Scene {
    const before = this.volumes.find((other) => other.member === name)
    const memberId = changes.memberId ?? before?.memberId
    const volume: VolumeFacts = {
      name: volumeName(name),
      uid: `volume-${name}`,
      member: memberOfVolume(this.cluster, volumeName(name)) ?? name,
      deleting: false,
      bound: true,
      capacityBytes: parseQuantity(this.cluster.spec.storage.size),
      requestedBytes: parseQuantity(this.cluster.spec.storage.size),
      className: this.cluster.spec.storage.className || 'standard',
      madeFor: storageWish(this.cluster),
      resize: undefined,
      unused: false,
      node: undefined,
      labelled: true,
      clusterUid: uid,
      clusterId: undefined,
      memberId: undefined,
      incarnation,
      tls: undefined,
      voters: undefined,
      volumeName: `pv-${name}`,
      lost: false,
      markedClaimUid: memberId === undefined ? undefined : `volume-${name}`,
      markedVolumeName: memberId === undefined ? undefined : `pv-${name}`,
      markedNode: memberId === undefined ? undefined : 'n1',
      progress: memberId === undefined ? undefined : { revision: leaderRevision, applied: leaderIndex, at: this.now },
      ...before,
      ...changes,
    }
    return this.with({ volumes: [...this.volumes.filter((other) => other.member !== name), volume] })
  }

  withoutVolume(name: string): Scene {
    return this.with({ volumes: this.volumes.filter((volume) => volume.member !== name) })
  }

  remembering(changes: Partial<Memory>): Scene {
    return this.with({ memory: { ...this.memory, ...changes } })
  }
}

/** As the process listens that was started with these settings. */
function listening({ startedWith, profile = profileIn(startedWith) }: Partial<PodFacts>): Partial<PodFacts> {
  return profile === undefined ? {} : { profile, clientScheme: clientScheme(profile) }
}

const lockedState = { state: 'established' } as const

/** The leader's last log entry. */
export const leaderIndex = 5000
/** Its revision: etcd's own entries make none. */
export const leaderRevision = 4900

export function idOf(name: string): string {
  return `a${ordinal(name)}`
}

function ordinal(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1))
}

function annotationsOf(template: object): Readonly<Record<string, string>> {
  return (template as { metadata: { annotations: Readonly<Record<string, string>> } }).metadata.annotations // Its form is that of a pod.
}

function replicasOf(view: ClusterView): number {
  return view.statefulSet.state === 'ours' ? view.statefulSet.value.replicas : 0
}
