import { isHealthy, isListOurs, isOurs, podOf, voters } from '../../model/cluster/members.ts'
import { nextCluster } from '../../model/cluster/next-cluster.ts'
import { templateHash } from '../../model/cluster/revision.ts'
import type { ClusterView, PodFacts } from '../../model/cluster/view.ts'
import { isClaimTemplateAsWished, volumesInUse, volumeTask } from '../../model/cluster/volume-tasks.ts'

/**
 * Whether the StatefulSet can be made again now, so that new volumes are as spec.storage asks for. Meanwhile Kubernetes creates no pod in
 * the place of one that ends, and allows no eviction, because the PodDisruptionBudget counts no pods without a controller: so it is done
 * only while every voter has its pod and serves.
 */
export function isRenewalDue(view: ClusterView): boolean {
  const { statefulSet: set } = view
  if (set.state !== 'ours' || set.deleting || isClaimTemplateAsWished(view) || !isListOurs(view)) return false
  const tasks = volumesInUse(view).map((volume) => volumeTask(view, volume).task)
  // New members get what the others have, as long as it isn't certain that all can have more.
  if (tasks.includes('stuck') || tasks.includes('ask')) return false
  // Another template would come with the new StatefulSet without the gates of a roll.
  if (set.value.template !== templateHash(nextCluster(view)) || !set.value.current) return false
  // A member that does not start, because its claim was made for a class that doesn't exist for example, must not keep the claims as they are.
  return voters(view)
    .filter(isOurs)
    .every((member) => isHealthy(view, member) && podOf(view, member.name)?.ready)
}

/**
 * The pods that are to belong to the EtcdCluster beside their StatefulSet: otherwise they would outlive an EtcdCluster that is deleted while
 * its StatefulSet is made again.
 */
export function podsToKeep(view: ClusterView): readonly PodFacts[] {
  return isRenewalDue(view) ? view.pods.filter(({ kept, endsBy }) => !kept && endsBy === undefined) : []
}
