import { annotation } from '../../api/labels.ts'
import { isClaimed, mayClaim } from '../../model/user/claim.ts'
import { etcdUserOf, root } from '../../model/user/names.ts'
import type { UserView } from '../../model/user/view.ts'
import { block, step, type UserDecision } from './step.ts'

export function userTaken({ user, rival }: UserView): UserDecision | undefined {
  const name = etcdUserOf(user)
  if (name === root)
    return block('UserTaken', 'user root belongs to the operator: create an EtcdUser of another name, with spec.admin: true')
  if (rival === undefined) return undefined
  return block(
    'UserTaken',
    `EtcdUser ${rival}, which is older, has user ${name} of EtcdCluster ${user.spec.cluster}: delete one of the two`,
  )
}

export function claimUser({ user, cluster, etcd }: UserView): UserDecision | undefined {
  if (cluster === undefined || !etcd.known || isClaimed(user, cluster)) return undefined
  const name = etcdUserOf(user)
  const { roles, permissions } = etcd.value
  if (!mayClaim(user, cluster, etcd.value, user.metadata.annotations?.[annotation.adopt] === 'true')) {
    const what = roles === undefined ? `a role ${name}` : permissions === undefined ? `a user ${name}` : `a user and a role ${name}`
    return block(
      'UserTaken',
      `etcd has ${what} that the operator did not make, and leaves alone: choose another spec.user in a new EtcdUser, delete it with etcdctl, or let the operator have it with the annotation ${annotation.adopt}: "true"`,
    )
  }
  const isThere = roles !== undefined || permissions !== undefined
  // Safety: nobody else's user or role has this name, or it is to become this EtcdUser's.
  return step(
    'UserUpdated',
    isThere ? `taking over user ${name}, which etcd has` : `noting that user ${name} is this EtcdUser's, before it is made`,
    {
      do: 'ClaimUser',
      clusterUID: cluster.metadata.uid,
      user: name,
    },
  )
}
