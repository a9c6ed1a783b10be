import { etcdctlAsRoot } from '../../../model/cluster/etcdctl.ts'
import { pinnedClusterId } from '../../../model/cluster/identity.ts'
import { byOrdinal, configOf, podOf, replicasFor, volumeOf } from '../../../model/cluster/members.ts'
import { leavingMembers } from '../../../model/cluster/scaling.ts'
import type { ClusterView, OurMember } from '../../../model/cluster/view.ts'
import { block, type Decision } from '../step.ts'

/**
 * Reports voters that have started, and of which the API server knows nothing: neither config, nor claim, nor pod, nor a replica. The
 * operator writes a member's config before etcd lists the member, and deletes it after etcd no longer does. So the API server was set back
 * to a time before they joined, and the spec that does not ask for them is as old. An operator that has just started sees this, too.
 */
export function forgottenMembers(view: ClusterView): Decision | undefined {
  const { membership, config, statefulSet, cluster } = view
  if (!membership.known || membership.value.clusterId !== pinnedClusterId(view)) return undefined
  if (config.state !== 'ours' || config.value.members.size === 0 || statefulSet.state !== 'ours') return undefined
  const forgotten = leavingMembers(view)
    .filter((member) => isForgotten(view, member, statefulSet.value.replicas))
    .toSorted((a, b) => byOrdinal(view)(a.name, b.name))
  if (forgotten.length === 0) return undefined
  const names = forgotten.map(({ name, id }) => `${name} (${id})`).join(', ')
  const removals = forgotten.map(({ id }) => etcdctlAsRoot(view, `member remove ${id}`)).join(' and ')
  return block(
    'TimeTravel',
    `etcd lists ${names}, and the API server knows neither config, nor PersistentVolumeClaim, nor pod of ${forgotten.length === 1 ? 'it' : 'them'}: the API server was set back to a time before ${forgotten.length === 1 ? 'it' : 'they'} joined, and spec.size ${cluster.spec.size} may be as old. Nothing is removed. Set spec.size to what it was; or, if ${cluster.spec.size} is what you want, run ${removals}`,
  )
}

function isForgotten(view: ClusterView, { name, isLearner, published }: OurMember, replicas: number): boolean {
  const isKnown = configOf(view, name) !== undefined || volumeOf(view, name) !== undefined || podOf(view, name) !== undefined
  return published && !isLearner && !isKnown && replicasFor(view, [name]) > replicas
}
