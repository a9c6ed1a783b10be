import { answerOf, isOurs, podOf, voters } from './members.ts'
import type { ClusterView, OurMember } from './view.ts'

/** A voter that clients are not sent to, other than the voters that are to go, whose IDs `goes` holds. */
export function idleMember(view: ClusterView, goes: ReadonlySet<string>): OurMember | undefined {
  return voters(view)
    .filter(isOurs)
    .find(({ id, name }) => !goes.has(id) && !isServing(view, name))
}

/**
 * Whether the client Service sends clients to the member, and it serves them: without the label `serving` it sends none, as to a pod that
 * is not ready.
 */
export function isServing(view: ClusterView, name: string): boolean {
  const pod = podOf(view, name)
  return pod?.ready === true && pod.serving && pod.labelled && answerOf(view, name)?.serves === true
}
