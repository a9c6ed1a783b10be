import { listedByName, podOf } from './members.ts'
import type { ClusterView } from './view.ts'

/**
 * Whether the pod of a learner that has not started yet ended with an empty log before the learner was listed: the leader remembers an
 * earlier learner of that name, and nothing of this one. Not known after a restart of the operator: then one more start tells.
 */
export function isOfEarlierMember(view: ClusterView, name: string): boolean {
  const member = listedByName(view, name)
  const exit = podOf(view, name)?.lastExit
  if (exit?.cause !== 'emptied' || member === undefined || !member.isLearner || member.published) return false
  const seenAt = view.memory.unstartedSince.get(member.id) ?? view.monotonicMs
  return view.now - exit.at >= view.monotonicMs - seenAt
}
