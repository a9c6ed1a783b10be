import { listedByName, podOf } from './members.ts'
import type { ClusterView } from './view.ts'

/**
 * Whether the last exit in the pod of a learner that has not started was that of an earlier learner of its name: etcd exited because its
 * log was empty (`emptied`) before the present learner was listed, of which the leader remembers nothing yet. After a restart of the
 * operator every such exit counts as an earlier one, and one more start of the container tells.
 */
export function hasExitOfEarlierMember(view: ClusterView, name: string): boolean {
  const member = listedByName(view, name)
  const exit = podOf(view, name)?.lastExit
  if (exit?.cause !== 'emptied' || member === undefined || !member.isLearner || member.published) return false
  const seenAt = view.memory.unstartedSince.get(member.id) ?? view.monotonicMs
  return view.now - exit.at >= view.monotonicMs - seenAt
}
