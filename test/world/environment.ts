import { label } from '../../src/api/labels.ts'
import { podTemplate } from '../../src/objects/cluster/stateful-set.ts'
import { anEtcdCluster } from '../builders/a-cluster.ts'
import { elect, electable, followUp, hasAll, isLed, isRemoved, run, startOf, withRow } from './etcd.ts'
import { clusterVersion, versionViolation } from './versions.ts'
import {
  broken,
  type ConfigKey,
  founderId,
  isMemberRunning,
  isRunning,
  type Pod,
  type Row,
  sameConfig,
  type World,
  withPod,
  withVolume,
} from './world.ts'

/** One thing that may happen next. */
export interface Transition {
  /** As a line of a trace. */
  readonly text: string
  /**
   * - `progress`  begins by itself, soon
   * - `operator`  a pass
   * - `retry`     the kubelet starts a container again that ended, after its back-off
   * - `user`      somebody edits the EtcdCluster
   * - `time`      minutes pass
   * - `fault`     doesn't have to happen at all
   */
  readonly kind: 'progress' | 'operator' | 'retry' | 'user' | 'time' | 'fault'
  readonly to: World
  /** Invariants that it broke. */
  readonly violations: readonly string[]
}

/** What may happen without the operator, and without a fault. */
export function environment(world: World): readonly Transition[] {
  const ordinals = Array.from(
    { length: Math.max(world.pods.length, world.volumes.length, world.set?.replicas ?? 0) },
    (_, ordinal) => ordinal,
  )
  return [
    ...electable(world).map((id) => does('progress', `etcd elects ${id}`, elect(world, id))),
    ...ordinals.flatMap((ordinal) => [...controllers(world, ordinal), ...kubelet(world, ordinal), ...member(world, ordinal)]),
    ...etcdItself(world),
    ...jobs(world),
    ...people(world),
  ]
}

/** The StatefulSet controller (podManagementPolicy Parallel) and the protection of volumes in use. */
function* controllers(world: World, ordinal: number): Generator<Transition> {
  const [pod, volume] = [world.pods[ordinal], world.volumes[ordinal]]
  const isLookedAfter = world.set !== undefined && !world.set.orphans
  const isWanted = isLookedAfter && ordinal < world.set.replicas
  // In the order of their ordinals, one soon after the other; a pod is not created while its claim is being deleted.
  const isNext = !world.pods.slice(0, ordinal).some((lower, each) => lower === undefined && !world.volumes[each]?.deleting)
  if (isWanted && isNext && pod === undefined && !volume?.deleting)
    yield does('progress', `Kubernetes creates pod demo-${ordinal}`, createPod(world, ordinal))
  if (isLookedAfter && !isWanted && pod !== undefined && pod.deletedBy === undefined)
    yield does('progress', `Kubernetes deletes pod demo-${ordinal}`, withPod(world, ordinal, { ...pod, deletedBy: 'operator' }))
  if (volume?.asks !== undefined && !volume.deleting)
    yield does(
      'progress',
      `volume data-demo-${ordinal} grows`,
      withVolume(world, ordinal, { ...volume, storage: volume.asks, asks: undefined }),
    )
  if (volume?.deleting && pod === undefined)
    yield does('progress', `volume data-demo-${ordinal} is gone`, withVolume(world, ordinal, undefined))
}

/** As the very template says that the operator writes. */
const servesByTemplate = labelsOf(podTemplate(anEtcdCluster()))[label.serving] === 'true'

function labelsOf(template: object): Readonly<Record<string, string>> {
  return (template as { metadata: { labels: Readonly<Record<string, string>> } }).metadata.labels // Its form is that of a pod.
}

function createPod(world: World, ordinal: number): World {
  const { serial } = world
  const config = world.configs?.entries[ordinal]
  const rolls = { made: world.set?.made, file: world.configs === undefined ? 'missing' : config?.made, started: 'unmarked' } as const
  const pod: Pod = { uid: serial, phase: 'waiting', serving: servesByTemplate, mounted: config, ...rolls }
  const volume = world.volumes[ordinal] ?? {
    uid: serial + 1,
    deleting: false,
    log: undefined,
    marked: undefined,
    storage: world.set?.storage,
  }
  return { ...withVolume(withPod(counted(world), ordinal, pod), ordinal, volume), serial: serial + 2 }
}

/** The StatefulSet's status counts its pods, so that its resourceVersion changes with them. */
export function counted(world: World): World {
  return world.set === undefined ? world : { ...world, set: { ...world.set, resourceVersion: world.set.resourceVersion + 1 } }
}

function* kubelet(world: World, ordinal: number): Generator<Transition> {
  const [pod, volume] = [world.pods[ordinal], world.volumes[ordinal]]
  if (pod === undefined || pod.phase === 'lost') return
  if (pod.phase === 'frozen') {
    yield* thaw(world, ordinal, pod)
    return
  }
  if (pod.deletedBy !== undefined) {
    if (isRunning(pod)) yield does('progress', `demo-${ordinal} ends`, withPod(world, ordinal, { ...pod, phase: 'ended' }))
    else yield does('progress', `pod demo-${ordinal} is gone`, withPod(counted(world), ordinal, undefined))
    return
  }
  const config = world.configs?.entries[ordinal]
  if (volume?.log === undefined && !sameConfig(pod.mounted, config))
    yield does('progress', `the kubelet refreshes the config of demo-${ordinal}`, withPod(world, ordinal, refreshed(pod, config)))
  if (pod.phase === 'waiting' || pod.phase === 'backoff') yield* start(world, ordinal, pod)
}

/** One file: its settings come with it. */
function refreshed(pod: Pod, config: ConfigKey | undefined): Pod {
  const file = config !== undefined && pod.file !== undefined && pod.file !== 'missing' ? { file: config.made } : {}
  return { ...pod, mounted: config, ...file }
}

function* start(world: World, ordinal: number, pod: Pod): Generator<Transition> {
  // Its image can't be pulled, or no node fits.
  if (pod.made?.pod === broken) return
  // The kubelet waits for the ConfigMap.
  if (pod.file === 'missing' && pod.phase === 'waiting' && world.configs === undefined) return
  const kind = pod.phase === 'waiting' ? 'progress' : 'retry'
  const outcome = startOf(world, ordinal)
  if (outcome.runs) {
    const violations = outcome.violation === undefined ? [] : [outcome.violation]
    yield { kind, text: `demo-${ordinal} starts as ${outcome.id}`, to: followUp(run(world, ordinal, outcome)), violations }
  } else if (pod.phase === 'waiting' || pod.exit !== outcome.exit || isNewlyEmptied(world, ordinal, pod)) {
    const ended: Pod = { ...pod, phase: 'backoff', exit: outcome.exit, exitOf: idOf(world, ordinal), exitedTwice: undefined }
    yield {
      ...does(kind, `demo-${ordinal} exits: ${outcome.exit}`, withPod(world, ordinal, ended)),
      violations: versionViolation(world, ordinal),
    }
  } else if (!pod.exitedTwice && (outcome.exit === 'corrupt' || outcome.exit === 'set-back')) {
    yield does(kind, `demo-${ordinal} exits again: ${outcome.exit}`, withPod(world, ordinal, { ...pod, exitedTwice: true }))
  }
}

function idOf(world: World, ordinal: number): string | undefined {
  return world.etcd.members.find((row) => row.ordinal === ordinal)?.id
}

/** Its leader remembers this learner, and an earlier one of its name before. */
function isNewlyEmptied(world: World, ordinal: number, { exit, exitOf }: Pod): boolean {
  return exit === 'emptied' && exitOf !== idOf(world, ordinal)
}

/** A process that is frozen wakes at any moment, or is killed in the end: by its liveness probe, or because its pod is deleted. */
function* thaw(world: World, ordinal: number, pod: Pod): Generator<Transition> {
  const isDeleted = pod.deletedBy !== undefined
  yield does('fault', `demo-${ordinal} wakes`, withPod(counted(world), ordinal, { ...pod, phase: 'raft' }))
  const killed: Pod = { ...pod, phase: isDeleted ? 'ended' : 'waiting', exit: 'other' }
  yield does(isDeleted ? 'progress' : 'time', `the kubelet kills the frozen demo-${ordinal}`, withPod(counted(world), ordinal, killed))
}

function* member(world: World, ordinal: number): Generator<Transition> {
  const pod = world.pods[ordinal]
  const id = world.volumes[ordinal]?.log?.id
  if (!isRunning(pod) || id === undefined || pod.deletedBy !== undefined) return
  if (isRemoved(world, id)) {
    yield does('progress', `demo-${ordinal} exits: it was removed`, withPod(world, ordinal, { ...pod, phase: 'backoff', exit: 'left' }))
    return
  }
  const row = world.etcd.members.find((other) => other.id === id)
  if (row === undefined || world.etcd.leader === undefined || !isLed(world, row)) return
  // It tells of itself only once it has published itself, which a leader must commit; a learner may be held up by a snapshot.
  const isUp = !row.learner || pod.phase === 'joined'
  if (pod.phase === 'raft' || pod.phase === 'joined') {
    const to = withPod(counted(world), ordinal, { ...pod, phase: isUp ? 'up' : 'joined' })
    yield does('progress', `demo-${ordinal} ${isUp ? 'serves' : 'has joined'}`, withRow(to, row, { published: true }))
  }
  if (!hasAll(world, row)) yield does('progress', `demo-${ordinal} catches up`, catchUp(world, ordinal))
}

/** The leader sends what is missing: entries, or a snapshot of its own data. */
function catchUp(world: World, ordinal: number): World {
  const volume = world.volumes[ordinal]
  if (volume?.log === undefined) return world
  const sender = world.etcd.members.find(({ id }) => id === world.etcd.leader)
  // What is copied before etcd's check has found the difference can't be told from the right data; a voter is sent entries, and no copy.
  const isNew = world.etcd.members.some((row) => row.ordinal === ordinal && row.learner)
  const isSpread = world.etcd.isCorrupt && isNew && sender?.learner === false && world.volumes[sender.ordinal]?.log?.damage === 'wrong'
  const damage = isSpread || volume.log.damage === 'wrong' ? ('wrong' as const) : undefined
  return withVolume(world, ordinal, {
    ...volume,
    log: { id: volume.log.id, synced: true, ...(damage ? { damage } : {}), ...(volume.log.isOld ? { isOld: true } : {}) },
  })
}

/** What etcd notices, and what the watches of the operator catch up with. */
function* etcdItself(world: World): Generator<Transition> {
  const { etcd } = world
  yield* clusterVersion(world)
  if (etcd.isUnsettled && etcd.leader !== undefined)
    yield does('progress', 'all voters have been connected for five seconds', { ...world, etcd: { ...etcd, isUnsettled: undefined } })
  const running = etcd.members.filter((row) => isMemberRunning(world, row))
  const wrong = running.filter((row) => world.volumes[row.ordinal]?.log?.damage === 'wrong')
  const differs = wrong.length > 0 && wrong.length < running.length
  if (differs && etcd.leader !== undefined && !etcd.isCorrupt)
    yield does('progress', "etcd's check finds different data", { ...world, etcd: { ...etcd, isCorrupt: true } })
  if (world.cache !== undefined) yield does('progress', 'the watches catch up', { ...world, cache: undefined })
  if (world.set?.orphans) yield does('progress', 'the StatefulSet is gone, without its pods', { ...world, set: undefined })
}

/** The agent and etcdutl: the data of a restored member is its log, which names the founder that it makes. */
function* jobs(world: World): Generator<Transition> {
  const { restore, volumes, etcd } = world
  if (restore?.verify === 'running') yield does('progress', 'the backup is verified', { ...world, restore: { ...restore, verify: 'done' } })
  const [volume] = volumes
  if (restore?.write !== 'running' || volume === undefined || volume.deleting) return
  const written = { ...world, restore: { ...restore, write: 'done' as const } }
  if (volume.log !== undefined) {
    yield does('progress', 'the restored data is there already', written)
    return
  }
  const to = withVolume({ ...written, etcd: { ...etcd, founders: [0] } }, 0, { ...volume, log: { id: founderId(0), synced: true } })
  const late = etcd.formed ? ['the backup was written onto the volume of a member that has served clients'] : []
  yield { ...does('progress', 'the backup is written onto data-demo-0', to), violations: late }
}

function* people(world: World): Generator<Transition> {
  const [next, ...later] = world.later
  if (next === undefined) return
  const what = next.paused === undefined ? '' : next.paused ? ', paused' : ', not paused'
  yield does('user', `the user asks for ${next.size}${what}`, {
    ...world,
    wish: next,
    later,
    memory: { ...world.memory, failedJoins: [] },
    clusterVersion: world.clusterVersion + 1,
  })
}

/** Deadlines are minutes: they pass when nothing else happens by itself. A slow environment is a fault. */
export function* time(world: World): Generator<Transition> {
  if ((world.memory.disarms ?? 0) > 0) yield does('time', 'an hour goes by', { ...world, memory: { ...world.memory, disarms: 0 } })
  if (world.memory.failedJoins.length > 0)
    yield does('time', 'the back-off of failed joins is over', { ...world, memory: { ...world.memory, failedJoins: [] } })
  for (const [ordinal, pod] of world.pods.entries())
    if (pod?.phase === 'lost' && pod.deletedBy === undefined)
      yield does(
        'time',
        `the node controller deletes pod demo-${ordinal}, which stays`,
        withPod(world, ordinal, { ...pod, deletedBy: 'environment' }),
      )
  for (const row of world.etcd.members) if (mayBeOverdue(world, row)) yield does('time', overdueText(row), overdue(world, row))
}

export function mayBeOverdue(world: World, row: Row): boolean {
  return !row.published && world.status.pinned && !world.memory.overdue.includes(row.id)
}

export function overdueText(row: Row): string {
  return `demo-${row.ordinal} has not started in time`
}

export function overdue(world: World, row: Row): World {
  return { ...world, memory: { ...world.memory, overdue: [...world.memory.overdue, row.id] } }
}

export function does(kind: Transition['kind'], text: string, to: World): Transition {
  return { kind, text, to: followUp(to), violations: [] }
}
