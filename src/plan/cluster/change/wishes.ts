import { listed } from '../../../model/cluster/members.ts'
import { isOurs } from '../../../model/cluster/scaling.ts'
import { specProblems } from '../../../model/cluster/spec-problems.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { parseQuantity } from '../../../model/quantity.ts'
import { templateHash } from '../../../objects/cluster/stateful-set.ts'
import { checkExtraArgs } from '../../../objects/etcd-config/extra-args.ts'
import { block, type Decision } from '../step.ts'

/** Everything in the spec that can't be; empty when it is sound. */
export function allSpecProblems(view: ClusterView): readonly string[] {
  const { spec } = view.cluster
  return [...specProblems(view.cluster), ...checkExtraArgs(spec.version, spec.etcd.extraArgs)]
}

/** An impossible wish blocks the wishes only: what runs is looked after all the same. */
export function invalidWish(view: ClusterView): Decision | undefined {
  const problems = allSpecProblems(view)
  return problems.length > 0 ? block('InvalidSpec', problems.join('; ')) : undefined
}

/** A change that needs the members restarted one by one; it is shown, and nothing of it is applied. */
export function rollOutdated(view: ClusterView): Decision | undefined {
  if (view.statefulSet.state !== 'ours') return undefined
  if (view.statefulSet.value.template === templateHash(view.cluster)) return undefined
  return block(
    'RollNotSupportedYet',
    'spec.version, spec.image, spec.etcd or spec.pod was changed; this version of the operator cannot restart members one by one. Nothing of the change is applied: set the fields back, or make a new EtcdCluster',
  )
}

/** A member that somebody added with etcdctl is never removed, and the count of members means nothing beside it. */
export function unknownMember(view: ClusterView): Decision | undefined {
  const stranger = listed(view).find((member) => !isOurs(member))
  if (stranger === undefined) return undefined
  return block(
    'UnknownMember',
    `etcd lists member ${stranger.id} (${stranger.peerUrl}), which the operator did not add; remove it with etcdctl member remove ${stranger.id}, and scaling goes on`,
  )
}

/** A larger volume; it holds nothing else up, because the field can't be set back. */
export function growVolumes(view: ClusterView): Decision | undefined {
  const madeWith = view.statefulSet.state === 'ours' ? view.statefulSet.value.volumeSize : undefined
  const wished = String(view.cluster.spec.storage.size)
  if (madeWith === undefined || parseQuantity(madeWith) === parseQuantity(wished)) return undefined
  return block(
    'VolumeGrowthNotSupportedYet',
    `the volumes were made with ${madeWith} and spec.storage.size asks for ${wished}; this version of the operator cannot grow volumes, so they stay as they are`,
  )
}
