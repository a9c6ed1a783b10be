import type { Reason } from '../../api/reasons.ts'
import { formatBytes, parseQuantity } from '../quantity.ts'
import { answerOf, isOurs, listed, listedByName, replicasFor, volumeOf, voters } from './members.ts'
import type { GrowthRefusal } from './memory.ts'
import { effectiveQuotaBytes } from './spec-problems.ts'
import { storageWish } from './storage-wish.ts'
import type { ClusterView, OurMember, StorageWish, VolumeFacts } from './view.ts'

/**
 * What a member's volume lacks of what spec.storage asks for:
 *
 * - `none`     nothing
 * - `ask`      its claim is to ask for another size
 * - `growing`  Kubernetes expands it
 * - `move`     it can't become so; its member moves to a new volume, because spec.storage.migration is MemberByMember
 * - `stuck`    it can't become so, and a person has to say how
 */
export type VolumeTask =
  | { readonly task: 'none' }
  | { readonly task: 'ask' }
  | { readonly task: 'growing' }
  | { readonly task: 'move'; readonly why: string }
  | { readonly task: 'stuck'; readonly why: string; readonly reason: StuckReason }

export type StuckReason = Extract<Reason, 'VolumeNotGrowable' | 'QuotaExceeded' | 'MissingPermission'>

/** The claims that hold, or are to hold, the data of present members; not those that departed members left, nor somebody else's. */
export function volumesInUse(view: ClusterView): readonly VolumeFacts[] {
  const replicas = view.statefulSet.state === 'ours' ? view.statefulSet.value.replicas : view.cluster.spec.size
  return view.volumes.filter((volume) => {
    if (!volume.labelled || volume.deleting || volume.clusterUid !== view.cluster.metadata.uid) return false
    return view.membership.known ? listedByName(view, volume.member) !== undefined : replicasFor(view, [volume.member]) <= replicas
  })
}

export function volumeTask(view: ClusterView, volume: VolumeFacts): VolumeTask {
  const wish = storageWish(view.cluster)
  const { capacityBytes: has, requestedBytes: asks } = volume
  if (wish === undefined || !volume.bound || has === undefined || asks === undefined) return none
  const madeFor = volume.madeFor ?? { bytes: asks, className: volume.className ?? '' }
  if (isOtherClass(volume, wish, madeFor))
    return otherwise(view, wish, `${volume.name} is of StorageClass ${volume.className || '(none)'}, and a volume keeps its class`)
  if (has >= wish.bytes) {
    // A claim that somebody enlarged by hand, or whose volume the storage rounded up, is left alone: it was not made for more.
    if (Math.min(madeFor.bytes, has) <= wish.bytes || view.cluster.spec.storage.migration !== 'MemberByMember') return none
    return otherwise(view, wish, `${volume.name} has ${formatBytes(has)}, and a volume never shrinks`)
  }
  return asks < wish.bytes ? toAsk(view, volume, wish, madeFor) : asked(view, volume, wish)
}

const none: VolumeTask = { task: 'none' }

/** The claim asks for less than the spec. */
function toAsk(view: ClusterView, volume: VolumeFacts, wish: StorageWish, madeFor: StorageWish): VolumeTask {
  const refusal = refusalOf(view, volume, wish)
  if (refusal?.reason === 'QuotaExceeded' || refusal?.reason === 'MissingPermission')
    return { task: 'stuck', why: refusal.message, reason: refusal.reason }
  const why = whyClassCannot(view, volume) ?? (refusal && `${volume.name}: ${refusal.message}${unlessKnown(view)}`)
  if (why === undefined) return { task: 'ask' }
  // A claim that was made for this size, and asks for less: something changes what the operator asks for, and would do so again.
  if (madeFor.bytes >= wish.bytes) return { task: 'stuck', why, reason: 'VolumeNotGrowable' }
  return otherwise(view, wish, why)
}

/** The claim asks for enough, and its volume has less. */
function asked(view: ClusterView, volume: VolumeFacts, wish: StorageWish): VolumeTask {
  if (volume.resize?.state !== 'infeasible') return { task: 'growing' }
  // The wish was lowered since: a claim whose expansion failed may ask for less, as long as it asks for more than it has.
  if ((volume.requestedBytes ?? 0) > wish.bytes && wish.bytes > (volume.capacityBytes ?? 0) && refusalOf(view, volume, wish) === undefined)
    return { task: 'ask' }
  const why = `${volume.name} can't be expanded to ${formatBytes(volume.requestedBytes ?? 0)}: Kubernetes calls it infeasible${saying(volume.resize.message)}`
  return otherwise(view, wish, why)
}

/** What is left where the volume itself can't become what is asked for. */
function otherwise(view: ClusterView, wish: StorageWish, why: string): VolumeTask {
  if (view.cluster.spec.storage.migration !== 'MemberByMember') return { task: 'stuck', why, reason: 'VolumeNotGrowable' }
  const tooLarge = whyDataDoesNotFit(view, wish)
  return tooLarge === undefined ? { task: 'move', why } : { task: 'stuck', why: tooLarge, reason: 'VolumeNotGrowable' }
}

/** An empty className asks for no class in particular. A claim that was made for this class and has another would get that again. */
function isOtherClass({ className }: VolumeFacts, wish: StorageWish, madeFor: StorageWish): boolean {
  return wish.className !== '' && className !== undefined && className !== wish.className && madeFor.className !== wish.className
}

function whyClassCannot({ expandable }: ClusterView, { name, className = '' }: VolumeFacts): string | undefined {
  if (className === '') return `${name} has no StorageClass, and Kubernetes expands only what a StorageClass made`
  if (!expandable.known || expandable.value.get(className) === true) return undefined
  return expandable.value.has(className)
    ? `StorageClass ${className} of ${name} does not allow volumes to be expanded`
    : `StorageClass ${className} of ${name} does not exist any more`
}

function unlessKnown({ expandable }: ClusterView): string {
  return expandable.known
    ? ''
    : ` (${expandable.why}, so it can't tell whether one lets volumes be expanded: allow it with the ClusterRole etcd-operator.dev:cluster-reader)`
}

/** A refusal is tried again after this time, milliseconds: an admin may have changed the class or the quota meanwhile. */
const refusedMs = 60_000

function refusalOf(view: ClusterView, { uid }: VolumeFacts, wish: StorageWish): GrowthRefusal | undefined {
  const refusal = view.memory.growthRefusals.get(uid)
  return refusal?.bytes === wish.bytes && view.monotonicMs - refusal.at < refusedMs ? refusal : undefined
}

/** Smaller volumes have a smaller quota: a database that has reached it already would be refused every write. */
function whyDataDoesNotFit(view: ClusterView, wish: StorageWish): string | undefined {
  const quota = effectiveQuotaBytes(view.cluster, wish.bytes)
  const largest = Math.max(0, ...voters(view).map(({ name }) => (name === undefined ? 0 : (answerOf(view, name)?.dbBytes ?? 0))))
  if (largest < quota) return undefined
  return `the database has ${formatBytes(largest)}, and on volumes of ${formatBytes(wish.bytes)} etcd would refuse writes from ${formatBytes(quota)} on: ask for larger volumes, or compact and defragment first`
}

function saying(message: string): string {
  return message === '' ? '' : ` (${message})`
}

/** The claims that can be told at once to ask for what the spec asks for, by name. */
export function claimsToAsk(view: ClusterView): readonly VolumeFacts[] {
  return volumesInUse(view).filter((volume) => volumeTask(view, volume).task === 'ask')
}

/**
 * The voters that move to new volumes, because spec.storage.migration is MemberByMember; none as long as the StatefulSet would make the
 * new claims as the old ones are.
 */
export function membersToMove(view: ClusterView): readonly OurMember[] {
  if (view.cluster.spec.storage.migration !== 'MemberByMember' || !isClaimTemplateAsWished(view)) return []
  return listed(view)
    .filter(isOurs)
    .filter((member) => !member.isLearner && isToBeMoved(view, member))
}

/** Whether a listed member is to move to a new volume. */
export function isToBeMoved(view: ClusterView, { name }: { readonly name: string }): boolean {
  const volume = volumeOf(view, name)
  return volume !== undefined && !volume.deleting && volumesInUse(view).includes(volume) && volumeTask(view, volume).task === 'move'
}

/** Whether the StatefulSet makes new claims as spec.storage asks for. */
export function isClaimTemplateAsWished({ cluster, statefulSet }: ClusterView): boolean {
  const wish = storageWish(cluster)
  if (wish === undefined || statefulSet.state !== 'ours') return false
  const { volumeSize, volumeClass = '' } = statefulSet.value
  return parseQuantity(volumeSize ?? '') === wish.bytes && volumeClass === wish.className
}
