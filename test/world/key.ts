import { oncePer } from './once-per.ts'
import {
  type Cache,
  type ConfigKey,
  cameBack,
  hasRolls,
  isMemberRunning,
  madeText,
  type PerMember,
  type Pod,
  type Row,
  settingsText,
  type World,
} from './world.ts'

/**
 * A text that is equal for worlds in which the same can happen: uids and IDs are told by where they stand, not by their
 * value, and what no rule depends on any more is left out.
 */
export function keyOf(world: World): string {
  const ids = new Map<string, string>()
  const idKey = (id: string | undefined): string => {
    if (id === undefined) return ''
    const known = ids.get(id) ?? String.fromCharCode(97 + ids.size)
    ids.set(id, known)
    return id.startsWith('f') ? `${known}!` : known // A founder's ID comes again from its file.
  }
  const { wish, later, status, set, etcd } = world
  const listed = new Set(etcd.members.map(({ id }) => id))
  const parts = [
    `${wish.size}${wish.paused ? 'p' : ''}${wish.closed ? 'c' : ''}${wish.auth ? 'a' : ''}${wish.storage ?? ''}${wish.moves ? 'v' : ''}${wish.leads ?? ''}${madeText(wish.made)}${wish.made?.tls === 'Off' ? 'F' : ''}+${later.length}`,
    `${status.frozen ?? ''}${status.pinned ? 'P' : ''}${status.logsFrom ?? ''}${status.tls?.charAt(0) ?? ''}${status.leads?.mark ?? ''}${status.leads?.state ?? ''}${authKey(world)}:${etcd.minor ?? ''}:${etcd.target ?? ''}`,
    set === undefined ? '' : `${set.replicas}${set.noted ? 'N' : ''}${sizeKey(set.storage)}${set.orphans ? 'O' : ''}${madeText(set.made)}`,
    world.configs === undefined ? '' : configKeys(world.configs.entries),
    `${etcd.formed ? 'F' : ''}${etcd.founders.length}${etcd.isCorrupt ? 'C' : ''}${etcd.isScattered ? '?' : ''}${etcd.isUnsettled ? '5' : ''}${etcd.hasLost ? 'X' : ''}`,
    etcd.members
      .map(
        (row) =>
          `${row.ordinal}${idKey(row.id)}${row.learner ? 'L' : ''}${row.https ? 'T' : ''}${isNamed(world, row)}${isRemembered(world, row) ? 'M' : ''}${row.published ? 'P' : ''}`,
      )
      .join(','),
    idKey(etcd.leader),
    world.volumes
      .map((volume) => {
        if (volume === undefined) return ''
        const { log } = volume
        const isBehind = log !== undefined && !log.synced && listed.has(log.id)
        const damage = log?.damage === undefined ? '' : `${log.damage.charAt(0)}${log.knownBy === etcd.leader ? '!' : ''}`
        return `${sizeKey(volume.storage)}${volume.asks ?? ''}${volume.deleting ? 'D' : ''}${volume.earlier ? 'E' : ''}${log === undefined ? '-' : idKey(log.id)}${isBehind ? '<' : ''}${damage}${log?.isOld ? 'o' : ''}/${idKey(volume.marked)}`
      })
      .join(','),
    world.pods.map((pod, ordinal) => podKey(world, pod, ordinal)).join(','),
    `${world.memory.failedJoins.join()}/${world.memory.disarms ?? ''}`,
    (world.memory.refused ?? []).map((uid, ordinal) => (uid === undefined ? '' : uid === world.pods[ordinal]?.uid ? '=' : '!')).join(','),
    etcd.members.map((row) => (world.memory.overdue.includes(row.id) && !row.published ? row.ordinal : '')).join(''),
    world.restore === undefined ? '' : `${world.restore.verify.charAt(0)}${world.restore.write.charAt(0)}`,
    String(world.faultsLeft),
    pendingKey(world, idKey),
    cacheKey(world),
  ]
  return parts.join('|')
}

/** Nothing where authentication is left out. */
function authKey({ etcd: { auth }, status }: World): string {
  return auth === undefined ? '' : `${auth.isOn ? 'A' : 'a'}${auth.root ? 'R' : ''}${status.switchedOn ? '+' : ''}`
}

/** Whether it is to be exchanged, now or later. */
function isNamed({ wish, later }: World, { id }: Row): string {
  return `${wish.replace?.includes(id) ? 'X' : ''}${later.some(({ replace }) => replace?.includes(id)) ? 'x' : ''}`
}

/** Of a learner that runs the leader knows it anyway. */
function isRemembered(world: World, row: Row): boolean {
  return row.learner && row.matched === true && !isMemberRunning(world, row)
}

const configKeys = oncePer((keys: PerMember<ConfigKey>) => keys.map(configKey).join(','))

function configKey(key: ConfigKey | undefined): string {
  return key === undefined
    ? ''
    : `${key.state.charAt(0)}${key.members.join('')}${key.https?.length ? `T${key.https.join('')}` : ''}${settingsText(key.made)}`
}

function podKey(world: World, pod: Pod | undefined, ordinal: number): string {
  if (pod === undefined) return ''
  const phase = { waiting: 'w', backoff: 'b', raft: 'r', joined: 'j', up: 'u', ended: 'e', lost: 'l', frozen: 'f' }[pod.phase]
  // Why it ended counts only as long as it does not run.
  const isOld = pod.exit === 'emptied' && pod.exitOf !== world.etcd.members.find((row) => row.ordinal === ordinal)?.id
  const exit = pod.phase === 'backoff' || pod.phase === 'waiting' ? `${exitKey(pod)}${isOld ? '-' : ''}` : ''
  const mounted = world.volumes[ordinal]?.log === undefined ? configKey(pod.mounted) : ''
  return `${phase}${exit}${pod.deletedBy?.charAt(0) ?? ''}${pod.serving ? 's' : ''}${pod.kept ? 'k' : ''}${mounted}${cameBack(world, pod) ? 'Y' : ''}${rollKey(world, pod)}`
}

/** Nothing where sizes are left out. */
function sizeKey(size: number | undefined): string {
  return size === undefined || size === 1 ? '' : `#${size}`
}

/** What it was made from, what its process has read or will read, and what it is marked with. */
function rollKey(world: World, { made, file, runs, started, phase }: Pod): string {
  if (!hasRolls(world)) return ''
  const process = phase === 'waiting' || phase === 'backoff' ? (file === 'missing' ? '-' : settingsText(file)) : settingsText(runs)
  return `(${madeText(made)}/${process}/${started === 'unmarked' ? '?' : settingsText(started)})`
}

const exits = {
  'empty-volume': 'e',
  'list-differs': 'l',
  left: 'r',
  emptied: 'm',
  'peers-differ': 'd',
  'set-back': 's',
  corrupt: 'c',
  other: 'o',
} as const

function exitKey({ exit, exitedTwice }: Pod): string {
  return exit === undefined ? '' : `${exits[exit]}${exitedTwice ? '2' : ''}`
}

/** What the watches show, and whether it is what there is. */
function cacheKey(world: World): string {
  const { cache } = world
  if (cache === undefined) return ''
  const differs = (a: { readonly uid: number } | undefined, b: { readonly uid: number } | undefined) => (a?.uid === b?.uid ? '' : '!')
  return [
    cache.clusterVersion === world.clusterVersion
      ? ''
      : `${cache.wish.size}${cache.wish.paused ? 'p' : ''}${cache.wish.closed ? 'c' : ''}${cache.wish.replace ?? ''}${madeText(cache.wish.made)}${cache.status.frozen}${cache.status.pinned}`,
    cache.set === world.set ? '' : `${cache.set?.replicas}${cache.set?.noted}${madeText(cache.set?.made)}`,
    cache.configs === world.configs ? '' : configKeys(cache.configs?.entries ?? []),
    cache.etcd.members === world.etcd.members
      ? ''
      : cache.etcd.members.map(({ ordinal, learner }) => `${ordinal}${learner ? 'L' : ''}`).join(),
    ...cache.pods.map((pod, ordinal) =>
      pod === world.pods[ordinal] ? '' : `${differs(pod, world.pods[ordinal])}${podKey(cached(world, cache), pod, ordinal)}`,
    ),
    ...cache.volumes.map((volume, ordinal) =>
      volume === world.volumes[ordinal] ? '' : `${differs(volume, world.volumes[ordinal])}${volume?.deleting}${volume?.marked}`,
    ),
  ].join(',')
}

function cached(world: World, cache: Cache): World {
  return { ...world, ...cache }
}

/** Which call, and which of its preconditions still hold. */
function pendingKey(world: World, idKey: (id: string | undefined) => string): string {
  if (world.pending === undefined) return ''
  const { step, seen } = world.pending
  const holds = [
    seen.cluster === world.clusterVersion,
    seen.set === world.set?.resourceVersion,
    seen.configs === world.configs?.resourceVersion,
    madeText(seen.made) === madeText(world.wish.made),
  ]
  const ordinal = 'member' in step && step.member !== undefined ? Number(step.member.slice('demo-'.length)) : -1
  const uid = 'uid' in step ? step.uid : ''
  const isSame =
    step.do === 'DeleteVolume'
      ? world.volumes[ordinal]?.marked === seen.volumes[ordinal]?.marked
      : world.pods[ordinal] === seen.pods[ordinal]
  const isThere = uid === String(world.pods[ordinal]?.uid) || uid === String(world.volumes[ordinal]?.uid)
  const { id, toId, uid: _uid, ...rest } = { id: undefined, toId: undefined, uid: undefined, ...step }
  return `${holds.map(Number).join('')}${isThere ? 'u' : ''}${(step.do === 'DeletePod' || step.do === 'DeleteVolume') && isSame ? '=' : ''}${idKey(id)}>${idKey(toId)}${JSON.stringify(rest)}`
}
