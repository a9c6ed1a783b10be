import type { TlsMode } from '../../src/api/etcd-cluster.ts'
import type { Step } from '../../src/plan/cluster/step.ts'
import type { Written } from './tls.ts'
import type { Minor } from './versions.ts'

/**
 * A small model of one cluster's world, as plain values: the EtcdCluster, what Kubernetes made of it, and etcd itself. It
 * knows what the operator's safety rests on (who is listed, who runs, whose log is on which volume, which config a
 * container has mounted) and nothing else. Members are numbered as their pods are; every change makes a new value.
 */
export interface World {
  readonly version: '3.5.35' | '3.6.16' | '3.7.3'
  readonly wish: Wish
  /** What the user is still going to ask for, one after the other, at any time. */
  readonly later: readonly Wish[]
  /** resourceVersion of the EtcdCluster. */
  readonly clusterVersion: number
  /** `frozen`: number of members that the cluster began with. */
  readonly status: {
    readonly frozen: number | undefined
    readonly pinned: boolean
    readonly logsFrom?: string | undefined
    readonly tls?: TlsMode | undefined
    /** The operator has switched authentication on, or is about to. */
    readonly switchedOn?: boolean
    /** What came of the wish that a member leads. */
    readonly leads?: { readonly mark: string; readonly state: 'Begun' | 'Done' | 'Failed' }
  }
  readonly set: StatefulSet | undefined
  readonly configs: { readonly entries: PerMember<ConfigKey>; readonly resourceVersion: number } | undefined
  readonly pods: PerMember<Pod>
  readonly volumes: PerMember<Volume>
  readonly etcd: Etcd
  /** The Jobs of a cluster that begins with a backup; undefined: it begins without. */
  readonly restore: Restore | undefined
  /** What the operator remembers until it dies. */
  readonly memory: {
    /** Members that failed to join a moment ago. */
    readonly failedJoins: readonly number[]
    /** IDs of listed members that have not started within the deadline. */
    readonly overdue: readonly string[]
    /** Pods that did not start because their data differs from a peer's, although all others were found to agree: uids, by ordinal. */
    readonly refused?: PerMember<number>
    /** How often it disarmed the CORRUPT alarm within the last hour. */
    readonly disarms?: number
  }
  /** A call of the operator's that is under way. */
  readonly pending: Pending | undefined
  /** What the watches show, where they lag behind the API server. */
  readonly cache: Cache | undefined
  /** Faults that may still happen. */
  readonly faultsLeft: number
  /** Makes uids, member IDs and resourceVersions; says nothing by itself. */
  readonly serial: number
}

export interface StatefulSet {
  readonly replicas: number
  /** The pinned cluster ID stands on it as well. */
  readonly noted: boolean
  readonly resourceVersion: number
  /** Size of the volumes that it makes; 1 by default. */
  readonly storage?: number | undefined
  /** What its template was made from. */
  readonly made?: Made | undefined
  /** It is being deleted without its pods; its controller does nothing any more. */
  readonly orphans?: boolean
}

/** The API server's objects, as they were a while ago, and etcd's list at that time. */
export type Cache = Pick<World, 'wish' | 'clusterVersion' | 'status' | 'set' | 'configs' | 'pods' | 'volumes' | 'etcd'>

/** By ordinal; undefined where there is none. */
export type PerMember<T> = readonly (T | undefined)[]

/**
 * What pods and configs are made from, as far as a roll can tell. Each number is a variant of a part of the spec; 0 is the first one. A
 * missing one is as the cluster began.
 */
export interface Made {
  readonly version?: string
  /** Of spec.pod; no pod of the variant `broken` ever starts. */
  readonly pod?: number
  /** Of spec.etcd; etcd ends at every start with the variant `broken`. */
  readonly settings?: number
  /** How often somebody has asked for a restart. */
  readonly restart?: number
  /** Of a wish the mode of TLS, of a template the mode that it is made for, of a file or a process its profile; a missing one is Off. */
  readonly tls?: TlsMode
  /** etcd's quota in bytes, where it follows other volumes than at the beginning. Nobody wishes it. */
  readonly quota?: number
}

export const broken = 9
/** The variant of the settings in which members speak TLS and ask clients for no certificate. */
export const open = 8

export interface Wish {
  readonly size: number
  readonly made?: Made
  /** Authentication is to be on. */
  readonly auth?: boolean
  readonly paused?: boolean
  /** The value of the annotation that asks for a leader. */
  readonly leads?: string
  /** No maintenance window is open. */
  readonly closed?: boolean
  /** IDs of members that are to be exchanged. */
  readonly replace?: readonly string[]
  /** Size of the volumes; undefined: sizes are left out. */
  readonly storage?: number
  /** Members move to new volumes: those that they have can't grow. */
  readonly moves?: boolean
}

export interface ConfigKey {
  readonly state: 'bootstrap' | 'joining' | 'established'
  /** Ordinals. */
  readonly members: readonly number[]
  /** Those of them whose URL has https. */
  readonly https?: readonly number[]
  /** What its settings were written from. */
  readonly made?: Made | undefined
}

/**
 * - `waiting`  its container has not been started
 * - `backoff`  etcd ended; the kubelet starts it again later
 * - `raft`     etcd runs and takes part, but nothing tells so yet
 * - `joined`   it has joined and published itself, and doesn't serve clients yet (after a snapshot it waits for seconds)
 * - `up`       it serves
 * - `ended`    it was told to end and has ended
 * - `lost`     its node is gone: it does not run, and nobody tells the API server, which keeps the pod
 * - `frozen`   it does not answer and takes no part, and keeps its vote and its log
 */
export interface Pod {
  readonly uid: number
  readonly phase: 'waiting' | 'backoff' | 'raft' | 'joined' | 'up' | 'ended' | 'lost' | 'frozen'
  readonly exit?: 'empty-volume' | 'list-differs' | 'left' | 'emptied' | 'set-back' | 'corrupt' | 'peers-differ' | 'other' | undefined
  /** The ID that etcd listed for it when it exited. */
  readonly exitOf?: string | undefined
  /** It exited in this way at its last two starts. */
  readonly exitedTwice?: boolean | undefined
  readonly deletedBy?: 'operator' | 'environment' | undefined
  readonly serving: boolean
  /** The EtcdCluster owns it as well. */
  readonly kept?: boolean
  /** The config file as the kubelet mounted it. */
  readonly mounted: ConfigKey | undefined
  /** The template that it was created from. */
  readonly made?: Made | undefined
  /** The settings that its next process starts with, and those that its process was started with. */
  readonly file?: Made | 'missing' | undefined
  readonly runs?: Made | undefined
  /** The settings that it was marked with. */
  readonly started?: Made | 'unmarked' | undefined
}

/** A Job of the agent; one that is gone has left no trace but what it did. */
export type Job = 'absent' | 'running' | 'done'

export interface Restore {
  /** Reads the file. */
  readonly verify: Job
  /** Writes it onto the first volume, all of it or nothing. */
  readonly write: Job
}

export interface Volume {
  readonly uid: number
  readonly deleting: boolean
  /** Its size, 1 by default, and the size that its claim asks for, where that is another. */
  readonly storage?: number | undefined
  readonly asks?: number | undefined
  /** It holds the data of an earlier cluster as well, in a folder of its own. */
  readonly earlier?: boolean
  readonly log: Log | undefined
  /** The member ID that the operator has written onto it. */
  readonly marked: string | undefined
}

/** The write-ahead log on a volume: whose, and whether it holds every acknowledged entry. */
export interface Log {
  readonly id: string
  readonly synced: boolean
  /**
   * - `set-back`  an older copy, which lacks entries that its member has acknowledged
   * - `corrupt`   etcd ends at every start on it
   * - `wrong`     etcd runs on it, and serves values that no client wrote
   */
  readonly damage?: 'set-back' | 'corrupt' | 'wrong' | undefined
  /** It may hold entries that etcd 3.5 has written. */
  readonly isOld?: boolean | undefined
  /** The leader that knows how far the log went before it was set back. */
  readonly knownBy?: string | undefined
}

export interface Etcd {
  /** Ordinals in the list of the first founder that started: all must have the same. */
  readonly founders: readonly number[]
  /** A first leader was elected. */
  readonly formed: boolean
  /** As committed. */
  readonly members: readonly Row[]
  readonly leader: string | undefined
  /** The CORRUPT alarm is raised: members hold different data. */
  readonly isCorrupt?: boolean | undefined
  /** No two members hold the same data. */
  readonly isScattered?: boolean | undefined
  /** Somebody put back so many older copies that a leader without acknowledged entries was elected. */
  readonly hasLost?: boolean | undefined
  /** Its version, and the one that its members may go back to; undefined where versions are left out. */
  readonly minor?: Minor | undefined
  readonly target?: Minor | undefined
  /** Whether authentication is on, and whether there is a user root; undefined where it is left out. */
  readonly auth?: { readonly isOn: boolean; readonly root: boolean }
  /** A voter has been connected for less than five seconds: no member may be added. */
  readonly isUnsettled?: boolean | undefined
}

export interface Row {
  readonly id: string
  /** `stranger`: somebody else added it. */
  readonly ordinal: number
  readonly learner: boolean
  readonly published: boolean
  /** Peers dial it with TLS. */
  readonly https?: boolean
  /** A learner that has received the log from the present leader. */
  readonly matched?: boolean
}

/** A call that was decided on the last look; it lands whenever it does, with the resourceVersions of that look as preconditions. */
export interface Pending {
  readonly step: Step
  readonly seen: Seen
}

/** resourceVersions; undefined: the object wasn't there. */
export interface Seen {
  readonly cluster: number
  readonly set: number | undefined
  readonly configs: number | undefined
  /** A pod that has changed in any way since is another value. */
  readonly pods: PerMember<Pod>
  /** Claims change with their marks. */
  readonly volumes: PerMember<Volume>
  /** What the user asked for, with the version that pods were to get next. */
  readonly made: Made
  /** How files were written then. */
  readonly written: Written | undefined
}

export function aWorld(size: number, version: World['version'] = '3.6.16'): World {
  return {
    version,
    wish: { size },
    later: [],
    clusterVersion: 1,
    status: { frozen: undefined, pinned: false },
    set: undefined,
    configs: undefined,
    pods: [],
    volumes: [],
    etcd: { founders: [], formed: false, members: [], leader: undefined },
    restore: undefined,
    memory: noMemory,
    pending: undefined,
    cache: undefined,
    faultsLeft: 0,
    serial: 1,
  }
}

/** A cluster that runs and has nothing to do. */
export function aRunningWorld(size: number, version: World['version'] = '3.6.16', leader = 0): World {
  const ordinals = Array.from({ length: size }, (_, ordinal) => ordinal)
  return {
    ...aWorld(size, version),
    status: { frozen: size, pinned: true },
    set: { replicas: size, noted: true, resourceVersion: 1 },
    configs: { entries: ordinals.map(() => established), resourceVersion: 1 },
    pods: ordinals.map((ordinal) => ({ uid: 100 + ordinal, phase: 'up', serving: true, mounted: undefined })),
    volumes: ordinals.map((ordinal) => ({
      uid: 200 + ordinal,
      deleting: false,
      log: { id: founderId(ordinal), synced: true },
      marked: founderId(ordinal),
    })),
    etcd: {
      founders: ordinals,
      formed: true,
      members: ordinals.map((ordinal) => ({ id: founderId(ordinal), ordinal, learner: false, published: true })),
      leader: founderId(leader),
    },
    serial: 300,
  }
}

export const noMemory: World['memory'] = { failedJoins: [], overdue: [] }

export const established: ConfigKey = { state: 'established', members: [] }

/** etcd makes the IDs of a static list from the list itself: the same file gives the same ID again. */
export function founderId(ordinal: number): string {
  return `f${ordinal}`
}

/** etcd takes this many learners at once. */
export function maxLearnersOf(world: Pick<World, 'version'>): number {
  return world.version === '3.5.35' ? 1 : 2
}

export function replace<T>(list: PerMember<T>, ordinal: number, value: T | undefined): PerMember<T> {
  const length = Math.max(list.length, ordinal + 1)
  return Array.from({ length }, (_, index) => (index === ordinal ? value : list[index]))
}

export function withPod(world: World, ordinal: number, pod: Pod | undefined): World {
  return { ...world, pods: replace(world.pods, ordinal, pod) }
}

export function withVolume(world: World, ordinal: number, volume: Volume | undefined): World {
  return { ...world, volumes: replace(world.volumes, ordinal, volume) }
}

export function isRunning(pod: Pod | undefined): pod is Pod {
  return pod?.phase === 'raft' || pod?.phase === 'joined' || pod?.phase === 'up'
}

export function quorumOf(count: number): number {
  return Math.floor(count / 2) + 1
}

export function votersOf(world: World): readonly Row[] {
  return world.etcd.members.filter((row) => !row.learner)
}

/** Whether the process in the pod of this row is this member's. */
export function isMemberRunning(world: World, row: Row): boolean {
  return isRunning(world.pods[row.ordinal]) && world.volumes[row.ordinal]?.log?.id === row.id
}

/** Whether it tells that it takes part. */
export function isMemberUp(world: World, row: Row): boolean {
  return isMemberRunning(world, row) && world.pods[row.ordinal]?.phase !== 'raft'
}

export function isMemberServing(world: World, row: Row): boolean {
  return world.pods[row.ordinal]?.phase === 'up' && world.volumes[row.ordinal]?.log?.id === row.id
}

/** As a text that is equal for equal parts; empty for what the cluster began with. */
export function madeText({ version, pod, settings, restart, tls }: Made = {}): string {
  return `${version ?? ''}${pod ? `p${pod}` : ''}${settings ? `s${settings}` : ''}${restart ? `r${restart}` : ''}${tlsText(tls)}`
}

function tlsText(tls: TlsMode | undefined): string {
  return tls === undefined || tls === 'Off' ? '' : tls.charAt(0)
}

/** The same of the settings alone: of the version only the minor one counts. */
export function settingsText({ version, settings, quota, tls }: Made = {}): string {
  return `${version?.split('.', 2).join('.') ?? ''}${settings ? `s${settings}` : ''}${quota ? `q${quota}` : ''}${tlsText(tls)}`
}

/** Whether anything was, is or will be rolled. */
export function hasRolls({ wish, later, set, pods }: World): boolean {
  const isRolled = (one: { readonly made?: Made | undefined; readonly storage?: number | undefined } | undefined) =>
    one?.made !== undefined || one?.storage !== undefined
  return isRolled(wish) || isRolled(set) || later.some(isRolled) || pods.some((pod) => pod?.made !== undefined)
}

/** Whether the member's pod or process was made from something else than the user asks for. */
export function isOutdated(world: World, ordinal: number): boolean {
  const pod = world.pods[ordinal]
  if (pod === undefined) return false
  const { made } = world.wish
  const differs = (a: Made = {}, b: Made = {}) =>
    (a.version ?? world.version) !== (b.version ?? world.version) || (a.pod ?? 0) !== (b.pod ?? 0) || (b.restart ?? 0) > (a.restart ?? 0)
  const hasOtherTls = made?.tls !== undefined && (pod.runs?.tls ?? 'Off') !== made.tls
  return differs(pod.made, made) || (pod.runs?.settings ?? 0) !== (made?.settings ?? 0) || hasOtherTls
}

export function sameConfig(a: ConfigKey | undefined, b: ConfigKey | undefined): boolean {
  return (
    a === b ||
    (a !== undefined &&
      b !== undefined &&
      a.state === b.state &&
      a.members.join() === b.members.join() &&
      a.https?.join() === b.https?.join())
  )
}

/** The ordinal of a member that somebody else added. */
export const stranger = -1

/** Whether the pod is younger than that of the spare of an exchange. */
export function cameBack({ wish, pods }: World, pod: Pod): boolean {
  const spare = wish.replace === undefined && !wish.moves ? undefined : pods[wish.size]
  return spare !== undefined && pod.uid > spare.uid
}
