import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { annotation } from '../../api/labels.ts'
import type { OurMember } from './view.ts'

/** Whether a step that begins a replacement may be taken: where spec.repair.automatic is true, or a person has approved of its ID. */
export function mayReplace(cluster: EtcdCluster, stepId: string): boolean {
  return cluster.spec.repair.automatic || isApproved(cluster, stepId)
}

/** Whether a person has approved of the step with this ID. */
export function isApproved({ metadata }: EtcdCluster, stepId: string): boolean {
  return metadata.annotations?.[annotation.approve] === stepId
}

/** The step that removes a member. The hash of the step is the ID that a person approves of, so it names the member by name and ID. */
export function removalOf({ name, id }: Pick<OurMember, 'name' | 'id'>) {
  return { do: 'RemoveMember', member: name, id, failedToJoin: false } as const
}
