import { listed, replicasFor } from '../../../model/cluster/members.ts'
import { leavingMembers, preparedNames } from '../../../model/cluster/scaling.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { type Decision, step } from '../step.ts'

/** Every listed member has its pod; only one that is leaving may go without. */
export function keepPods(view: ClusterView): Decision | undefined {
  if (view.statefulSet.state !== 'ours') return undefined
  const [leaving] = leavingMembers(view)
  const names = [
    ...listed(view).flatMap((member) => (member.name !== undefined && member.id !== leaving?.id ? member.name : [])),
    ...preparedNames(view),
  ]
  const needed = replicasFor(view, names)
  if (view.statefulSet.value.replicas >= needed) return undefined
  const member = names.find((name) => replicasFor(view, [name]) === needed)
  return step('ScalingUp', `creating the pods of listed members up to ${member}`, {
    do: 'SetReplicas',
    uid: view.statefulSet.uid,
    replicas: needed,
    member,
  })
}
