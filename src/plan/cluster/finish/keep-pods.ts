import { listed, podOf, replicasFor } from '../../../model/cluster/members.ts'
import { majorityWithout } from '../../../model/cluster/out.ts'
import { leavingMembers, preparedNames } from '../../../model/cluster/scaling.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { type Decision, step } from '../step.ts'

/** Every listed member gets its pod. Only a member that is being removed may lack one, as long as the others are a majority. */
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
  // The StatefulSet creates the pods that are missing below its replicas; existing pods stay as they are.
  const lacking = names.filter((name) => podOf(view, name) === undefined)
  return step('ScalingUp', `creating ${lacking.length > 1 ? 'pods' : 'pod'} ${(lacking.length > 0 ? lacking : [member]).join(', ')}`, {
    do: 'SetReplicas',
    uid: view.statefulSet.uid,
    replicas: needed,
    member,
  })
}
