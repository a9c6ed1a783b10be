import { answerOf, isOurs, podOf, voters } from './members.ts'
import type { ClusterView, OurMember } from './view.ts'

/** A voter that clients are not sent to, other than the voters that are to go, whose IDs `goes` holds. */
export function idleMember(view: ClusterView, goes: ReadonlySet<string>): OurMember | undefined {
  return voters(view)
    .filter(isOurs)
    .find((member) => !goes.has(member.id) && !isServing(view, member))
}

function isServing(view: ClusterView, { name }: OurMember): boolean {
  const pod = podOf(view, name)
  return pod?.ready === true && pod.serving && pod.labelled && answerOf(view, name)?.serves === true
}
