import { areConnected, canAsk, runsWith } from './tls.ts'
import { whyVersionEnds, withEntries } from './versions.ts'
import {
  broken,
  type ConfigKey,
  founderId,
  isMemberRunning,
  isMemberUp,
  isRunning,
  type Log,
  type Made,
  maxLearnersOf,
  type Pod,
  quorumOf,
  type Row,
  sameConfig,
  stranger,
  votersOf,
  type World,
  withPod,
  withVolume,
} from './world.ts'

/**
 * etcd, as far as the operator depends on it (server/etcdserver of 3.5 to 3.7): how a process starts, who is elected, what
 * the membership calls refuse, and which logs hold every acknowledged entry. Clients write all the time: as soon as a
 * majority can acknowledge without a member, that member's log is behind.
 */

/** What comes of starting the process: it runs, or ends with a cause. `violation`: it should never have been able to run. */
export type Start =
  | { readonly runs: true; readonly id: string; readonly fresh: boolean; readonly violation: string | undefined }
  | { readonly runs: false; readonly exit: NonNullable<Pod['exit']> }

export function startOf(world: World, ordinal: number): Start {
  const log = world.volumes[ordinal]?.log
  const config = world.pods[ordinal]?.mounted
  if (fileOf(world, ordinal)?.settings === broken || whyVersionEnds(world, ordinal) !== undefined) return ends('other')
  // A pod of a template without certificates has no file that its config could name.
  if (tlsOf(fileOf(world, ordinal)) !== 'Off' && tlsOf(world.pods[ordinal]?.made) === 'Off') return ends('other')
  // With a write-ahead log initial-* is not even read.
  if (log !== undefined) return startWith(world, ordinal, log)
  if (config === undefined) return ends('other')
  switch (config.state) {
    case 'established':
      return ends('empty-volume')
    case 'joining':
      return join(world, ordinal, config)
    case 'bootstrap':
      return found(world, ordinal, config)
  }
}

/**
 * The settings that the next process starts with: a new pod has its file as it was mounted, which waits for the ConfigMap; a later container
 * has the present one, or one that still lists other members.
 */
function fileOf(world: World, ordinal: number): Made | undefined {
  const pod = world.pods[ordinal]
  const present = world.configs?.entries[ordinal]
  const joins = world.volumes[ordinal]?.log === undefined
  const isMounted = pod?.phase === 'waiting' || (joins && pod?.file !== undefined && !sameConfig(pod.mounted, present))
  return isMounted && pod?.file !== 'missing' ? pod?.file : present?.made
}

function tlsOf(made: Made | undefined): NonNullable<Made['tls']> {
  return made?.tls ?? 'Off'
}

function startWith(world: World, ordinal: number, { id, damage, knownBy }: Log): Start {
  if (damage === 'corrupt') return ends('corrupt')
  if (isRemoved(world, id)) return ends('left')
  // tocommit is out of range: the leader knows that this log was longer. Another leader does not, and sends what is missing.
  if (damage === 'set-back' && knownBy !== undefined && knownBy === world.etcd.leader) return ends('set-back')
  // "found data inconsistency with peers": said by the member that starts, whoever of them is wrong.
  const peers = world.etcd.members.filter((row) => row.ordinal !== ordinal && isMemberUp(world, row))
  const differs = peers.some((row) => (world.volumes[row.ordinal]?.log?.damage === 'wrong') !== (damage === 'wrong'))
  if (differs && world.version !== '3.5.35') return ends('peers-differ')
  return { runs: true, id, fresh: false, violation: undefined }
}

/**
 * `existing`: asks a listed peer for the list, which must be the file's, and takes the ID that stands there for its own peer URL. Where no
 * peer answers ("cannot fetch cluster info from peer urls") it ends like one whose list differs.
 */
function join(world: World, ordinal: number, config: ConfigKey): Start {
  const tls = tlsOf(fileOf(world, ordinal))
  const answers = (row: Row) => config.members.includes(row.ordinal) && isMemberUp(world, row) && canAsk(world, tls, row)
  if (!world.etcd.members.some(answers)) return ends('list-differs')
  const live = world.etcd.members.map((row) => row.ordinal)
  if (live.length !== config.members.length || !live.every((each) => config.members.includes(each))) return ends('list-differs')
  // URLs are compared as they stand.
  if (world.etcd.members.some((row) => (row.https ?? false) !== (config.https?.includes(row.ordinal) ?? false))) return ends('list-differs')
  const own = world.etcd.members.find((row) => row.ordinal === ordinal)
  if (own === undefined) return ends('list-differs')
  // tocommit is out of range [lastIndex(0)]: the leader remembers what this learner had, and another one does not.
  return own.learner && own.matched ? ends('emptied') : startFresh(own, config)
}

/** `new`: founds the cluster, unless a peer says that this member has been started before (isMemberBootstrapped). */
function found(world: World, ordinal: number, config: ConfigKey): Start {
  const id = founderId(ordinal)
  const { founders, formed } = world.etcd
  // Every other member of a restored cluster joins it.
  if (world.restore !== undefined)
    return { runs: true, id, fresh: true, violation: `demo-${ordinal} begins without the data of the backup` }
  const isSecond = founders.length > 0 && founders.join() !== config.members.join()
  if (!formed || isSecond)
    return {
      runs: true,
      id,
      fresh: true,
      violation: isSecond ? `demo-${ordinal} founds a second cluster, of ${config.members}` : undefined,
    }
  const own = world.etcd.members.find((row) => row.id === id)
  if (own === undefined) return ends('left')
  const canAsk = world.etcd.members.some((row) => row.ordinal !== ordinal && isMemberUp(world, row))
  return canAsk && own.published ? ends('other') : startFresh(own, config)
}

/** An ID that may have voted or received the log must never run without it. */
function startFresh(row: Row, config: ConfigKey): Start {
  // A learner has no vote that it could forget.
  const isNew = row.learner || (!row.published && config.state === 'bootstrap')
  const violation = isNew ? undefined : `voter ${row.id} (demo-${row.ordinal}) runs on an empty volume`
  return { runs: true, id: row.id, fresh: true, violation }
}

function ends(exit: NonNullable<Pod['exit']>): Start {
  return { runs: false, exit }
}

export function isRemoved(world: World, id: string): boolean {
  return world.etcd.formed && !world.etcd.members.some((row) => row.id === id)
}

/** Who may be elected now: members of a running majority, and only with every acknowledged entry where one of them has it. */
export function electable(world: World): readonly string[] {
  const { formed, leader } = world.etcd
  if (leader !== undefined) return []
  const voters = formed ? votersOf(world) : founders(world)
  const running = voters.filter((row) => isMemberRunning(world, row))
  if (voters.length === 0 || running.length < quorumOf(voters.length)) return []
  const hears = (row: Row) => running.filter((other) => areConnected(world, row, other)).length >= quorumOf(voters.length)
  const synced = running.filter((row) => hasAll(world, row))
  return (synced.length > 0 ? synced : running).filter(hears).map((row) => row.id)
}

/** Whether the member runs and hears the leader; without one, whether it runs. */
export function isLed(world: World, row: Row): boolean {
  const leader = world.etcd.members.find(({ id }) => id === world.etcd.leader)
  return isMemberRunning(world, row) && (leader === undefined || areConnected(world, row, leader))
}

export function elect(world: World, leader: string): World {
  const members = world.etcd.formed ? unmatched(world.etcd.members) : founders(world)
  const row = members.find(({ id }) => id === leader)
  const known = row === undefined || !world.etcd.formed || hasAll(world, row) ? world : withTruthOf(world, row)
  return { ...known, etcd: { ...known.etcd, formed: true, members, leader } }
}

/** Its log lacks entries, and counts from here on: the others drop what it does not have. */
function withTruthOf(world: World, leader: Row): World {
  const volumes = world.volumes.map((volume, ordinal) => {
    if (volume?.log === undefined) return volume
    const isIts = ordinal === leader.ordinal && volume.log.id === leader.id
    const damage = volume.log.damage === 'set-back' ? {} : { damage: volume.log.damage }
    return { ...volume, log: { id: volume.log.id, synced: isIts, ...damage } }
  })
  return { ...world, volumes, etcd: { ...world.etcd, hasLost: true } }
}

/** A new leader knows of nobody how far its log goes. */
function unmatched(members: readonly Row[]): readonly Row[] {
  return members.some(({ matched }) => matched) ? members.map((row) => ({ ...row, matched: false })) : members
}

function founders(world: World): readonly Row[] {
  return world.etcd.founders.map((ordinal) => {
    const https = runsWith(world, ordinal) === 'Required'
    return { id: founderId(ordinal), ordinal, learner: false, published: false, ...(https ? { https } : {}) }
  })
}

/** What follows at once from who runs: whether there is a leader, and whose log falls behind. */
export function followUp(world: World): World {
  if (!world.etcd.formed) return world
  const voters = votersOf(world)
  const running = voters.filter((row) => isLed(world, row))
  const leads = running.some((row) => row.id === world.etcd.leader) && running.length >= quorumOf(voters.length)
  const next = leads
    ? withMatched(world)
    : world.etcd.leader === undefined
      ? world
      : { ...world, etcd: { ...world.etcd, leader: undefined } }
  if (!leads || running.filter((row) => hasAll(world, row)).length < quorumOf(voters.length)) return next
  const behind = next.volumes.flatMap((volume, ordinal) => {
    const row = next.etcd.members.find(({ id }) => id === volume?.log?.id)
    const hears = row === undefined || isLed(next, row)
    return volume?.log?.synced && (!isRunning(next.pods[ordinal]) || !hears) ? [ordinal] : []
  })
  return behind.reduce((sum, ordinal) => withLog(sum, ordinal, false), next)
}

/** The leader remembers how much of the log a learner has received, also after the learner has ended or lost its volume. */
function withMatched(world: World): World {
  const { members } = world.etcd
  const isNew = (row: Row) => row.learner && row.matched !== true && isMemberRunning(world, row)
  return members.some(isNew)
    ? { ...world, etcd: { ...world.etcd, members: members.map((row) => (isNew(row) ? { ...row, matched: true } : row)) } }
    : world
}

export function hasAll(world: World, row: Row): boolean {
  const log = world.volumes[row.ordinal]?.log
  return log?.id === row.id && log.synced
}

export function withLog(world: World, ordinal: number, synced: boolean): World {
  const volume = world.volumes[ordinal]
  return volume?.log === undefined ? world : withVolume(world, ordinal, { ...volume, log: { ...volume.log, synced } })
}

export function withRow(world: World, row: Row, changes: Partial<Row>): World {
  const members = world.etcd.members.map((other) => (other.id === row.id ? { ...other, ...changes } : other))
  return { ...world, etcd: { ...world.etcd, members } }
}

/** What a membership call answers. */
export type Reply = { readonly ok: true; readonly world: World } | { readonly ok: false; readonly why: string }

export function addLearner(world: World, ordinal: number, https: boolean): Reply {
  // Peer URLs already exists: adopted.
  if (world.etcd.members.some((row) => row.ordinal === ordinal && (row.https ?? false) === https)) return { ok: true, world }
  return add(world, ordinal, true, https)
}

/** MemberUpdate; of a learner it would make a voter in releases that are not modelled. */
export function updateUrl(world: World, id: string, https: boolean): Reply {
  const { members } = world.etcd
  if (!members.some((row) => row.id === id)) return { ok: false, why: 'member not found' }
  return commit(
    world,
    members.map((row) => (row.id === id ? { ...row, https } : row)),
  )
}

/** etcdctl member add, by a person. */
export function addStranger(world: World, learner: boolean): Reply {
  return add(world, stranger, learner)
}

function add(world: World, ordinal: number, learner: boolean, https = false): Reply {
  const { members, isUnsettled } = world.etcd
  if (isUnsettled || !votersOf(world).every((row) => isLed(world, row))) return { ok: false, why: 'unhealthy cluster' }
  if (learner && members.filter((row) => row.learner).length >= maxLearnersOf(world)) return { ok: false, why: 'too many learner members' }
  const row = { id: `m${world.serial}`, ordinal, learner, published: false, ...(https ? { https } : {}) }
  return commit({ ...world, serial: world.serial + 1 }, [...members, row])
}

export function promote(world: World, id: string): Reply {
  const { members } = world.etcd
  const row = members.find((other) => other.id === id)
  if (row === undefined) return { ok: false, why: 'member not found' }
  if (!row.learner) return { ok: true, world }
  // What the leader remembers of it counts, whether or not it runs: 90 % of the log is enough, so "not in sync" means nothing at all.
  if (!isMemberRunning(world, row) && row.matched !== true) return { ok: false, why: 'not in sync with leader' }
  return commit(
    { ...world, etcd: { ...world.etcd, isUnsettled: true } },
    members.map((other) => (other.id === id ? { ...other, learner: false } : other)),
  )
}

/** strict-reconfig-check: enough of those that stay must be connected; not asked for a member that is seen as down. */
export function removeMember(world: World, id: string): Reply {
  const { members } = world.etcd
  const row = members.find((other) => other.id === id)
  if (row === undefined) return { ok: true, world }
  if (!row.learner && isMemberRunning(world, row)) {
    const active = votersOf(world).filter((other) => isMemberRunning(world, other)).length
    if (active - 1 < 1 + Math.floor((votersOf(world).length - 1) / 2)) return { ok: false, why: 'unhealthy cluster' }
  }
  return commit(
    world,
    members.filter((other) => other.id !== id),
  )
}

export function moveLeader(world: World, to: string): Reply {
  const row = votersOf(world).find((other) => other.id === to)
  if (row === undefined || world.etcd.leader === undefined) return { ok: false, why: 'bad leader transferee' }
  if (!isMemberRunning(world, row) || !hasAll(world, row)) return { ok: false, why: 'leader transfer timed out' }
  return { ok: true, world: followUp({ ...world, etcd: { ...world.etcd, members: unmatched(world.etcd.members), leader: to } }) }
}

/** An entry needs a majority of the list as it was, each with all entries before it. */
function commit(world: World, members: readonly Row[]): Reply {
  const voters = votersOf(world)
  if (world.etcd.leader === undefined) return { ok: false, why: 'no leader' }
  if (voters.filter((row) => isLed(world, row) && hasAll(world, row)).length < quorumOf(voters.length))
    return { ok: false, why: 'timed out' }
  return { ok: true, world: followUp({ ...world, etcd: { ...world.etcd, members } }) }
}

/** The process of this pod runs from here on. */
export function run(world: World, ordinal: number, start: Extract<Start, { runs: true }>): World {
  const pod = world.pods[ordinal]
  const volume = world.volumes[ordinal]
  if (pod === undefined || volume === undefined) return world
  const founds = start.fresh && !world.etcd.formed ? pod.mounted?.members : undefined
  const etcd = founds === undefined ? world.etcd : { ...world.etcd, founders: founds }
  const log = start.fresh ? { id: start.id, synced: !world.etcd.formed } : volume.log
  // What is mounted matters no more once there is a log.
  const next = withVolume(
    withPod({ ...world, etcd }, ordinal, { ...pod, phase: 'raft', exit: undefined, mounted: undefined, runs: fileOf(world, ordinal) }),
    ordinal,
    {
      ...volume,
      log,
    },
  )
  return withEntries(next, ordinal)
}
