import { answerOf, podOf } from './members.ts'
import type { StandingStill } from './memory.ts'
import type { ClusterView } from './view.ts'

/**
 * The members that take part in raft and know no leader, by name, and since when they have got no further. After a start a member
 * replays its log, and its figures grow; without a leader they end where its log ends.
 */
export function standingStill(view: ClusterView): ReadonlyMap<string, StandingStill> {
  return new Map(
    view.pods.flatMap(({ name, uid }) => {
      const answer = answerOf(view, name)
      if (answer === undefined || answer.hasLeader) return []
      const now = { podUid: uid, applied: answer.raftAppliedIndex, revision: answer.revision }
      const before = view.memory.standingStill.get(name)
      const isSame = before?.podUid === uid && before.applied === now.applied && before.revision === now.revision
      return [[name, { ...now, since: isSame ? before.since : view.monotonicMs }] as const]
    }),
  )
}

/** How long the named member's pod has stood still, milliseconds; 0 while it moves, knows a leader or does not answer. */
export function stoodStillMs(view: ClusterView, member: string): number {
  const stands = view.memory.standingStill.get(member)
  const answer = answerOf(view, member)
  if (stands === undefined || answer === undefined || answer.hasLeader || stands.podUid !== podOf(view, member)?.uid) return 0
  const isSame = stands.applied === answer.raftAppliedIndex && stands.revision === answer.revision
  return isSame ? view.monotonicMs - stands.since : 0
}
