import { configOf, isOurs, isStarted, listed } from '../../../model/cluster/members.ts'
import type { ClusterView, OurMember } from '../../../model/cluster/view.ts'
import type { InitialState } from '../../../objects/etcd-config/member-config.ts'
import { type Decision, step } from '../step.ts'

/**
 * The amnesia guard: as soon as a member has started, its config refuses an empty volume, so that it can't come back
 * without its log under its old ID. Done before it is ever promoted.
 */
export function guardStarted(view: ClusterView): Decision | undefined {
  const open = listed(view)
    .filter(isOurs)
    .filter((member) => hasStarted(view, member) && configOf(view, member.name)?.state !== 'established')
    .map((member) => member.name)
  if (open.length === 0) return undefined
  const established: InitialState = { state: 'established' }
  // Safety: a member that has started has a log, with which etcd ignores this part of its config.
  return step('MemberStarted', `${open.join(', ')} started; from now on refusing an empty volume`, {
    do: 'WriteConfig',
    write: Object.fromEntries(open.map((name) => [name, established])),
    remove: [],
  })
}

/**
 * Whether the member has started, now or before: it answers, or it has published itself once. It may have lost its volume since, and only
 * a config that refuses an empty volume shows that. A name in the list proves nothing: the members of the first list have theirs before
 * they start.
 */
function hasStarted(view: ClusterView, member: OurMember): boolean {
  return member.published || isStarted(view, member)
}
