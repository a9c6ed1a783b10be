import type { Reason } from '../../api/reasons.ts'
import { lastDefragmentation } from '../../model/cluster/defragmentations.ts'
import { defragmentationInWords, defragmentingMember } from '../../model/cluster/defragmenting.ts'
import { longStepDeadlineMs } from '../../model/cluster/long-steps.ts'
import { answerOf, byOrdinal, isHealthy, isOurs, leaderOf, learners, podOf, voters } from '../../model/cluster/members.ts'
import { whyNoRoom } from '../../model/cluster/space.ts'
import type { ClusterView, OurMember, ServingAnswer } from '../../model/cluster/view.ts'
import { formatBytes } from '../../model/quantity.ts'
import { rfc3339 } from '../../model/rfc3339.ts'
import type { TakeStep } from '../decision.ts'
import { type ClusterWait, type Step, step, wait } from './step.ts'

/**
 * Whether a member may be kept from its clients for a while: every voter answers on its client port, which a member that is being
 * defragmented doesn't, and no member joins, leaves or terminates. With two voters, in the middle of a change, no member may be; a cluster
 * of one has no redundancy to lose. While a backup is taken, the member that sends the snapshot would answer no client until its end.
 */
export function isCalm(view: ClusterView): boolean {
  const all = voters(view)
  if (view.backups.running.length > 0) return false
  if (leaderOf(view) === undefined || learners(view).length > 0 || defragmentingMember(view) !== undefined) return false
  if (view.memory.longStep !== undefined || (all.length !== 1 && all.length < 3)) return false
  return all.every(
    (member) => isOurs(member) && isHealthy(view, member) && answerOf(view, member.name)?.serves === true && isUp(view, member),
  )
}

function isUp(view: ClusterView, { name }: OurMember): boolean {
  const pod = podOf(view, name)
  return pod?.ready === true && pod.endsBy === undefined
}

/** How long a member is left alone after a defragmentation that failed, and after one that may have won less than was expected. */
const afterFailureMs = 60 * 60_000
const afterSuccessMs = 10 * 60_000

export interface Defragmentable {
  readonly next: TakeStep<Step> | undefined
  /** Why members that are worth a defragmentation are not defragmented now; each begins with the member's name or names it. */
  readonly held: readonly string[]
}

/**
 * The next defragmentation among the voters that are worth it: followers first, the leader last and without moving the leadership, because
 * a leader goes on leading meanwhile, and a move loses writes.
 */
export function nextDefragmentation(
  view: ClusterView,
  reason: Extract<Reason, 'FreeingSpace' | 'Defragmenting'>,
  isWorthIt: (answer: ServingAnswer) => boolean,
): Defragmentable {
  const worth = inTurn(view).flatMap((one) => (isWorthIt(one.answer) ? [{ ...one, why: whyNot(view, one.member) }] : []))
  const next = worth.find(({ why }) => why === undefined)
  return {
    next: next && defragment(reason, next.member, next.answer),
    held: worth.flatMap(({ why }) => why ?? []),
  }
}

/** The voters that serve, in the order in which they are defragmented. */
export function inTurn(view: ClusterView): readonly { readonly member: OurMember; readonly answer: ServingAnswer }[] {
  const order = byOrdinal(view)
  const leads = (member: OurMember) => Number(leaderOf(view)?.id === member.id)
  return voters(view)
    .filter(isOurs)
    .toSorted((a, b) => leads(a) - leads(b) || order(a.name, b.name))
    .flatMap((member) => {
      const answer = answerOf(view, member.name)
      return answer?.serves ? [{ member, answer }] : []
    })
}

function whyNot(view: ClusterView, member: OurMember): string | undefined {
  const last = lastDefragmentation(view, member)
  if (last?.finishedAt !== undefined) {
    const untilMs = last.finishedAt + (last.failure === undefined ? afterSuccessMs : afterFailureMs)
    const how = last.failure === undefined ? 'was defragmented a moment ago' : `could not be defragmented (${last.failure})`
    // The wall clock may have been set back since: then nothing waits for it.
    if (view.now < untilMs && last.finishedAt <= view.now) return `${member.name} ${how}; tried again at ${rfc3339(untilMs)}`
  }
  return whyNoRoom(view, member.name)
}

/** The step that defragments a member. Ask `isCalm` and `whyNoRoom` first. */
export function defragment(reason: Reason, member: OurMember, { dbBytes, dbBytesInUse }: ServingAnswer): TakeStep<Step> {
  const seconds = Math.max(1, Math.ceil((dbBytes / 2 ** 30) * 10))
  // Safety: all voters answer, so a majority stands beside this member, which stays a voter; and its volume has room for the copy.
  return step(
    reason,
    `defragmenting ${member.name}: ${formatBytes(dbBytesInUse)} of its ${formatBytes(dbBytes)} are in use; clients that are connected to ${member.name} wait for about ${seconds} s`,
    { do: 'Defragment', member: member.name, id: member.id },
  )
}

/** Waits for the end of a defragmentation; a person has to act when it takes ten times as long as on an ordinary disk. */
export function awaitDefragmentation(view: ClusterView, name: string): ClusterWait {
  const way = `Nothing else is begun until that has ended; if it doesn't end, look at the disk below ${name}, then delete pod ${name}: etcd starts again on the database as it was`
  const bytes = answerOf(view, name)?.dbBytes ?? view.memory.longStep?.bytesBefore ?? 0
  return wait('Defragmenting', `${defragmentationInWords(view, name)}. ${way}`, 1000, {
    member: name,
    patienceMs: longStepDeadlineMs(bytes),
  })
}
