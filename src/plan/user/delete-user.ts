import { userFinalizer } from '../../api/labels.ts'
import { isClaimed } from '../../model/user/claim.ts'
import { etcdUserOf } from '../../model/user/names.ts'
import type { UserView } from '../../model/user/view.ts'
import { heldByPerson } from './held-by-person.ts'
import { step, type UserDecision, type UserWrite, wait } from './step.ts'

/** The EtcdUser is being deleted, and its cluster lives: the user goes first, then the role, then the finalizer. */
export function deleteUser(view: UserView): UserDecision | undefined {
  const { user, cluster, etcd } = view
  if (user.metadata.deletionTimestamp === undefined) return undefined
  if (!user.metadata.finalizers?.includes(userFinalizer)) return { kind: 'steady' }
  const held = heldByPerson(view)
  if (held !== undefined) return { ...held, message: `${held.message}; ${wayOut(view)}` }
  if (cluster === undefined || !isClaimed(user, cluster)) return undefined
  const name = etcdUserOf(user)
  if (!etcd.known) return wait('DeletingUser', `user ${name} can't be deleted from etcd yet: ${etcd.why}; ${wayOut(view)}`, 2000)

  const writes: readonly UserWrite[] = [
    ...(etcd.value.roles === undefined ? [] : [{ do: 'DeleteUser', user: name } as const]),
    ...(etcd.value.permissions === undefined ? [] : [{ do: 'DeleteRole', role: name } as const]),
  ]
  // Safety: the EtcdUser has claimed the user, and its deletion can't be taken back.
  return step('DeletingUser', `deleting user ${name} and its role from etcd`, { do: 'ChangeUser', writes, passwordVersion: undefined })
}

function wayOut({ user }: UserView): string {
  return `to leave the user in etcd, remove the finalizer ${userFinalizer} from EtcdUser ${user.metadata.name}`
}
