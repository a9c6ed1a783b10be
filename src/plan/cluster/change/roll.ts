import type { ClusterView } from '../../../model/cluster/view.ts'
import { templateHash } from '../../../objects/cluster/stateful-set.ts'
import { block, type Decision } from '../step.ts'

/** A change that needs the members restarted one by one; it is shown, and nothing of it is applied. */
export function roll(view: ClusterView): Decision | undefined {
  if (view.statefulSet.state !== 'ours') return undefined
  if (view.statefulSet.value.template === templateHash(view.cluster)) return undefined
  return block(
    'RollNotSupportedYet',
    'spec.version, spec.image, spec.etcd or spec.pod was changed; this version of the operator cannot restart members one by one. Nothing of the change is applied: set the fields back, or make a new EtcdCluster',
  )
}
