import { whyNodeLost } from '../../model/cluster/node-loss.ts'
import type { ClusterView, PodFacts } from '../../model/cluster/view.ts'
import { type Decision, step } from './step.ts'

/** Deletes a pod on a lost node, where no kubelet would ever confirm that the pod has terminated. The caller says why that is safe. */
export function deleteLostPod(view: ClusterView, { name, uid, node = '' }: PodFacts): Decision {
  return step('NodeLost', `${whyNodeLost(view, node)}: deleting pod ${name} without waiting for its kubelet`, {
    do: 'DeletePod',
    member: name,
    uid,
    force: true,
  })
}
