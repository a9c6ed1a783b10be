import { listed, podOf, replicasFor } from '../../../model/cluster/members.ts'
import { majorityWithout } from '../../../model/cluster/out.ts'

import { leavingMembers, preparedNames } from '../../../model/cluster/scaling.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { type Decision, step } from '../step.ts'

/** Every listed member has its pod; only one that is leaving may go without, as long as the others are a majority without it. */
export function keepPods(view: ClusterView): Decision | undefined {
  if (view.statefulSet.state !== 'ours') return undefined
  const [next] = leavingMembers(view)
  const leaving = next !== undefined && (next.isLearner || majorityWithout(view, next)) ? next : undefined
  const names = [
    ...listed(view).flatMap((member) => (member.name !== undefined && member.id !== leaving?.id ? member.name : [])),
    ...preparedNames(view),
  ]
  const needed = replicasFor(view, names)
  if (view.statefulSet.value.replicas >= needed) return undefined
  const member = names.find((name) => replicasFor(view, [name]) === needed)
  // The StatefulSet creates what is missing below its replicas; pods that are there already stay as they are.
  const lacking = names.filter((name) => podOf(view, name) === undefined)
  return step('ScalingUp', `creating ${lacking.length > 1 ? 'pods' : 'pod'} ${(lacking.length > 0 ? lacking : [member]).join(', ')}`, {
    do: 'SetReplicas',
    uid: view.statefulSet.uid,
    replicas: needed,
    member,
  })
}
