import { answerOf, isHealthy, podOf, voters } from './members.ts'
import { quorum } from './quorum.ts'
import type { ClusterView, Member, PodFacts } from './view.ts'

/** A pod terminates within its grace period; the kubelet and the API server need a little longer to report it. */
const silentMarginMs = 5_000
/** A process that still answers this long after its grace period is out of its kubelet's control. */
const answeringMarginMs = 60_000
/** A member that is starting does not answer and is not ready either. */
const startMarginMs = 60_000

/**
 * Whether a member is out, so that no process has to be stopped before it is removed: its pod is deleted, its etcd does not run, or
 * its node does not answer. A member that is silent for a moment is not out: its pod is still ready, or has just started.
 */
export function isOut(view: ClusterView, member: Member): boolean {
  const pod = member.name === undefined ? undefined : podOf(view, member.name)
  if (pod === undefined || pod.etcd.state !== 'running') return true
  if (pod.endsBy !== undefined) return isBeyondItsEnd(view, pod)
  return !isHealthy(view, member) && !pod.ready && view.now - pod.etcd.since >= startMarginMs
}

/** Whether a deleted pod should have terminated by now: its node or its kubelet is lost. */
export function isBeyondItsEnd(view: ClusterView, { name, endsBy }: PodFacts): boolean {
  if (endsBy === undefined) return false
  return view.now >= endsBy + (answerOf(view, name) === undefined ? silentMarginMs : answeringMarginMs)
}

/** Whether a majority of the list without this member is healthy, so that its removal costs nothing. */
export function majorityWithout(view: ClusterView, { id }: Member): boolean {
  const others = voters(view).filter((member) => member.id !== id)
  return others.filter((member) => isHealthy(view, member)).length >= quorum(others.length)
}
