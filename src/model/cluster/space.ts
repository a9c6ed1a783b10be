import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { formatBytes, parseQuantity } from '../quantity.ts'
import { answerOf, volumeOf } from './members.ts'
import type { ClusterView, ServingAnswer } from './view.ts'
import { quotaBytes } from './volume-size.ts'

/** Space in the members' databases, and on their volumes. */

/** Bytes of a database file at which the first member raises the NOSPACE alarm: as the members tell, else as their config files say. */
export function quotaOf(view: ClusterView): number {
  const told = [...view.answers.values()].flatMap((answer) =>
    answer.known && answer.value.serves ? (answer.value.dbQuotaBytes ?? []) : [],
  )
  return told.length > 0 ? Math.min(...told) : quotaBytes(view)
}

/** Bytes by which a defragmentation makes the database file smaller: it copies what is in use, and nothing else. */
export function winOf({ dbBytes, dbBytesInUse }: Pick<ServingAnswer, 'dbBytes' | 'dbBytesInUse'>): number {
  return Math.max(0, dbBytes - dbBytesInUse)
}

type Wanted = NonNullable<EtcdCluster['spec']['maintenance']['defragment']>

/** Whether a member's database has as much free space as spec.maintenance.defragment asks for. */
export function hasFreeSpaceFor({ freeSpaceAbove: { percent, bytes } }: Wanted, answer: ServingAnswer): boolean {
  return winOf(answer) >= (parseQuantity(bytes) ?? Number.POSITIVE_INFINITY) && winOf(answer) * 100 >= answer.dbBytes * percent
}

/** Whether a member is left out at the times of spec.maintenance.defragment only because its volume may have no room for the copy. */
export function isLeftOutForRoom(view: ClusterView, member: string): boolean {
  const wanted = view.cluster.spec.maintenance.defragment
  const answer = answerOf(view, member)
  return wanted !== undefined && answer?.serves === true && hasFreeSpaceFor(wanted, answer) && whyNoRoom(view, member) !== undefined
}

/** Sizes of the files of the write-ahead log; etcd makes the next one in advance, and keeps `max-wals` of those it needs no more. */
const walBytes = 64_000_000
const keptWals = 5
/** The database file may be larger by this than etcd says. */
const growthBytes = 16 * 2 ** 20

/**
 * Why the volume of a member has no room for a second copy of its database; undefined: it has. Neither Kubernetes nor etcd tells how full a
 * volume is, so this is the worst case: the volume holds the database and as much of the write-ahead log as etcd ever keeps. A copy that does not
 * fit is worse than none: etcd leaves it on the full disk until the member is restarted.
 */
export function whyNoRoom(view: ClusterView, member: string): string | undefined {
  const answer = answerOf(view, member)
  const capacity = volumeOf(view, member)?.capacityBytes
  if (answer === undefined || capacity === undefined) return `the size of the volume of ${member} is not known`
  const wals = Number(view.cluster.spec.etcd.extraArgs['max-wals'] ?? keptWals)
  if (!(wals > 0)) return `nothing limits the write-ahead log of ${member} (spec.etcd.extraArgs, max-wals)`
  const free = capacity - (answer.dbBytes + growthBytes) - (wals + 1) * walBytes
  const needed = Math.ceil(answer.dbBytesInUse * 1.1)
  if (free >= needed) return undefined
  const room = free > 0 ? `only ${formatBytes(free)} may be free` : 'nothing may be free'
  return `the copy of ${member} takes ${formatBytes(needed)}, and ${room} on its volume of ${formatBytes(capacity)} beside the database and the write-ahead log`
}
