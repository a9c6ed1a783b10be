import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { EtcdUser } from '../../api/etcd-user.ts'
import { etcdUserOf, root } from './names.ts'
import type { EtcdSide } from './view.ts'

/**
 * Whether the user in etcd, with the role of its name, is this EtcdUser's. The claim is written into the status before the first write to
 * etcd, which has no place to note whose a user is.
 */
export function isClaimed({ status }: EtcdUser, cluster: EtcdCluster): boolean {
  return status?.claim?.clusterUID === cluster.metadata.uid
}

/**
 * Whether what etcd has under this name may become this EtcdUser's:
 * - nothing is there
 * - the operator made it for an earlier EtcdUser, as the EtcdCluster's status remembers
 * - the cluster began with a backup, or with the volumes of an earlier one of its name, and the user there is as the operator makes users
 * - a person says so, by the annotation
 */
export function mayClaim(user: EtcdUser, cluster: EtcdCluster, { roles, permissions }: EtcdSide, isAdopted: boolean): boolean {
  const name = etcdUserOf(user)
  const managed = cluster.status?.auth?.managed
  const isUserFree = roles === undefined || managed?.users?.includes(name) === true
  const isRoleFree = permissions === undefined || managed?.roles?.includes(name) === true
  if (isUserFree && isRoleFree) return true
  if (isAdopted) return true
  const { restore, adopted } = cluster.status?.bootstrap ?? {}
  return (restore !== undefined || adopted !== undefined) && isAsMade(name, roles, permissions)
}

/** One role alone: that of its own name, or root without a role of its own. */
function isAsMade(name: string, roles: EtcdSide['roles'], permissions: EtcdSide['permissions']): boolean {
  const [role, ...others] = roles ?? []
  if (role === undefined || others.length > 0) return false
  return permissions === undefined ? role === root : role === name
}
