import type { ExitCause } from './exit-cause.ts'
import { answerOf, podOf, volumeOf } from './members.ts'
import type { ExitsInARow } from './memory.ts'
import { staysUp } from './stays-up.ts'
import type { ClusterView, PodFacts } from './view.ts'

/**
 * The cause with which a member's process ended at least twice in a row, on the same claim, and did no better in between; undefined
 * otherwise. Once proves little: a member that is behind its leader's memory of it starts again after the leader has changed, and a
 * disk may fail for a moment.
 */
export function repeatedExit(view: ClusterView, member: string): ExitCause | undefined {
  if (isWell(view, podOf(view, member))) return undefined
  const exits = view.memory.exits.get(member)
  const isOfThisClaim = exits?.claimUid !== undefined && exits.claimUid === volumeOf(view, member)?.uid
  return isOfThisClaim && exits.count >= 2 ? exits.cause : undefined
}

/** The exits in a row of all members at this look, by member name; what was known before stands in the view's memory. */
export function exitsInARow(view: ClusterView): ReadonlyMap<string, ExitsInARow> {
  return new Map(view.pods.flatMap((pod) => named(pod.name, next(view, pod))))
}

function next(view: ClusterView, pod: PodFacts): ExitsInARow | undefined {
  if (isWell(view, pod)) return undefined
  const before = view.memory.exits.get(pod.name)
  if (pod.lastExit === undefined) return before
  const { cause } = pod.lastExit
  const start = startThatEnded(pod)
  if (before?.podUid === pod.uid && before.start === start) return before
  const claimUid = volumeOf(view, pod.name)?.uid
  const goesOn = before?.cause === cause && before.claimUid === claimUid
  return { cause, count: goesOn ? before.count + 1 : 1, claimUid, podUid: pod.uid, start }
}

/**
 * Whether its process does better than those that ended: the member serves, or takes part in raft for longer than the others did. Its
 * metrics page answers for a moment at each start.
 */
function isWell(view: ClusterView, pod: PodFacts | undefined): boolean {
  const answer = pod && answerOf(view, pod.name)
  if (pod === undefined || answer === undefined) return false
  return answer.serves || staysUp(view, pod)
}

/** Which start of the container it was that ended last: the kubelet counts a restart when it starts the next. */
function startThatEnded({ etcd, restarts }: PodFacts): number {
  return etcd.state === 'running' ? restarts - 1 : restarts
}

function named<T>(name: string, value: T | undefined): readonly (readonly [string, T])[] {
  return value === undefined ? [] : [[name, value]]
}
