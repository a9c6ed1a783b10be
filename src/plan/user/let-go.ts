import { userFinalizer } from '../../api/labels.ts'
import { isClaimed } from '../../model/user/claim.ts'
import { etcdUserOf } from '../../model/user/names.ts'
import type { UserView } from '../../model/user/view.ts'
import { step, type UserDecision } from './step.ts'

/** The finalizer stands only while there is a cluster from which the user would have to be deleted. */
export function letGo(view: UserView): UserDecision | undefined {
  const { user } = view
  if (!user.metadata.finalizers?.includes(userFinalizer)) return undefined
  const why = whyNothingIsLeft(view)
  if (why === undefined) return undefined
  // Safety: the user is not in etcd any more, was never put there, or its etcd goes or is gone.
  return step('DeletingUser', `removing the finalizer of the EtcdUser: ${why}`, { do: 'RemoveFinalizer' })
}

function whyNothingIsLeft({ user, cluster, namespaceTerminating, etcd }: UserView): string | undefined {
  if (cluster === undefined) return `there is no EtcdCluster ${user.spec.cluster}`
  if (cluster.metadata.deletionTimestamp !== undefined) return `EtcdCluster ${cluster.metadata.name} is being deleted`
  if (user.metadata.deletionTimestamp === undefined) return undefined
  if (namespaceTerminating) return 'the namespace is being deleted'
  const name = etcdUserOf(user)
  if (!isClaimed(user, cluster)) return `the operator has made no user ${name} in EtcdCluster ${cluster.metadata.name} for it`
  const isGone = etcd.known && etcd.value.roles === undefined && etcd.value.permissions === undefined
  return isGone ? `user and role ${name} are deleted` : undefined
}
