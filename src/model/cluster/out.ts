import { answerOf, isHealthy, podOf, voters } from './members.ts'
import { quorum } from './quorum.ts'
import type { ClusterView, Member, PodFacts } from './view.ts'

/** A pod ends within its grace period; its kubelet and the API server need a little longer to say so. */
const silentMarginMs = 5_000
/** A process that answers long after its grace period runs beyond the reach of its kubelet. */
const answeringMarginMs = 60_000
/** A member that starts is silent and not ready either. */
const startMarginMs = 60_000

/**
 * Whether a member takes no part any more, so that nothing is left to stop before it is removed: its pod is gone, its etcd does not
 * run, or its node does not answer. A member that is silent for a moment is not out: its pod is still ready, or it has just started.
 */
export function isOut(view: ClusterView, member: Member): boolean {
  const pod = member.name === undefined ? undefined : podOf(view, member.name)
  if (pod === undefined || pod.etcd.state !== 'running') return true
  if (pod.endsBy !== undefined) return isBeyondItsEnd(view, pod)
  return !isHealthy(view, member) && !pod.ready && view.now - pod.etcd.since >= startMarginMs
}

/** Whether a pod that was told to end should have ended by now: its node is lost, or its kubelet is. */
export function isBeyondItsEnd(view: ClusterView, { name, endsBy }: PodFacts): boolean {
  if (endsBy === undefined) return false
  return view.now >= endsBy + (answerOf(view, name) === undefined ? silentMarginMs : answeringMarginMs)
}

/** Whether a majority of the list without this member is healthy, so that its removal costs nothing. */
export function majorityWithout(view: ClusterView, { id }: Member): boolean {
  const others = voters(view).filter((member) => member.id !== id)
  return others.filter((member) => isHealthy(view, member)).length >= quorum(others.length)
}
