import type { UserView } from '../../model/user/view.ts'
import { heldByPerson } from './held-by-person.ts'
import { block, type UserDecision, wait } from './step.ts'

export function clusterMissing({ user, cluster, otherClusters }: UserView): UserDecision | undefined {
  const { name } = { name: user.spec.cluster }
  if (cluster?.metadata.deletionTimestamp !== undefined) return wait('WaitingForDeletion', `EtcdCluster ${name} is being deleted`, 5000)
  if (cluster !== undefined) return undefined
  const { namespace } = user.metadata
  const others = otherClusters.length === 0 ? 'there is none' : `there are ${otherClusters.join(', ')}`
  return block(
    'ClusterNotFound',
    `there is no EtcdCluster ${name} in namespace ${namespace}, ${others}: create it; or, if the name is wrong, create another EtcdUser, because spec.cluster cannot change`,
  )
}

export function awaitCluster(view: UserView): UserDecision | undefined {
  const { cluster, etcd } = view
  const held = heldByPerson(view)
  if (held !== undefined) return held
  if (cluster?.status?.clusterID === undefined)
    return wait('ClusterNotFormed', `waiting for the first members of EtcdCluster ${view.user.spec.cluster} to start`, 2000)
  if (etcd.known) return undefined
  if (etcd.cause === 'forbidden') return wait('AuthenticationEnabled', `etcd does not let the operator see its users: ${etcd.why}`, 5000)
  return wait('NotAnswered', `etcd could not be asked for its users: ${etcd.why}`, 2000)
}
