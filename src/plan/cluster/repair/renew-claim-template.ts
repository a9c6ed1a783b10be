import type { ClusterView } from '../../../model/cluster/view.ts'
import { isRenewalDue, podsToKeep } from '../../../objects/cluster/kept-pods.ts'
import { type Decision, step, wait } from '../step.ts'

/**
 * Lets new members have volumes as spec.storage asks for. The StatefulSet's volumeClaimTemplates are immutable, so it is deleted without its
 * pods, and made again by `recreateObjects`, which needs no majority and is the first thing that any operator does after a crash:
 *
 *   pods belong to the EtcdCluster as well -> StatefulSet deleted, its pods kept -> StatefulSet made again -> it adopts the pods
 *
 * Nothing restarts.
 */
export function renewClaimTemplate(view: ClusterView): Decision | undefined {
  if (!isRenewalDue(view) || view.statefulSet.state !== 'ours') return undefined
  const lacking = podsToKeep(view)
  if (lacking.length > 0)
    return wait('RenewingClaimTemplate', `making ${lacking.map(({ name }) => name).join(', ')} belong to the EtcdCluster as well`, 200, {
      next: 'DeleteStatefulSet',
    })
  // Safety: the pods are kept and go on running; they belong to the EtcdCluster, so that none outlives it; every member is healthy.
  return step(
    'RenewingClaimTemplate',
    `making the StatefulSet again, so that new volumes have ${view.cluster.spec.storage.size}; no pod restarts`,
    { do: 'DeleteStatefulSet', uid: view.statefulSet.uid },
  )
}
