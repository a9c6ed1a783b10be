import { etcdUserOf, root } from '../../model/user/names.ts'
import { isKnownToBeSet, wishedVersion } from '../../model/user/password.ts'
import { permissionChanges, wishedPermissions } from '../../model/user/permission.ts'
import type { EtcdSide, UserView } from '../../model/user/view.ts'
import { step, type UserDecision, type UserWrite } from './step.ts'

/**
 * Writes what differs, and nothing else: each write about users raises etcd's auth revision, and a request that is under way then may
 * fail with "revision of auth store is old". All of them are sent together, and counted in one Event.
 */
export function changeUser(view: UserView): UserDecision | undefined {
  const { user, etcd, secret, password } = view
  if (!etcd.known) return undefined
  const version = wishedVersion(password, secret.state === 'ours' ? secret.value : undefined)
  if (version === undefined) return undefined
  const name = etcdUserOf(user)
  const { roles, login } = etcd.value
  const isSet = roles !== undefined && (isKnownToBeSet(user, version) || login === 'accepted')
  const isKnownToOthers = roles !== undefined && !isSet
  const writes = [
    // Before anything is granted: who knows the password of a user that is taken over must not get more by it.
    ...(isKnownToOthers ? [{ do: 'ChangePassword', user: name } as const] : []),
    ...roleWrites(view, etcd.value),
    ...userWrites(view, etcd.value),
  ]
  if (writes.length > 0)
    return step('UserUpdated', `${inWords(writes)} for user ${name} in etcd`, { do: 'ChangeUser', writes, passwordVersion: version })
  if (isKnownToBeSet(user, version)) return undefined
  return step('UserUpdated', `noting that etcd takes the password of user ${name}`, { do: 'NotePassword', passwordVersion: version })
}

/** The role before the user: a user never has less than it is to have once it is there. */
function roleWrites({ user }: UserView, { permissions }: EtcdSide): readonly UserWrite[] {
  if (user.spec.admin) return []
  const role = etcdUserOf(user)
  const { grant, revoke } = permissionChanges(wishedPermissions(user.spec), permissions ?? [])
  return [
    ...(permissions === undefined ? [{ do: 'AddRole', role } as const] : []),
    ...grant.map((permission) => ({ do: 'GrantPermission', role, permission }) as const),
    ...revoke.map(({ key, rangeEnd }) => ({ do: 'RevokePermission', role, key, rangeEnd }) as const),
  ]
}

function userWrites({ user: object }: UserView, { roles, permissions }: EtcdSide): readonly UserWrite[] {
  const user = etcdUserOf(object)
  const wished = object.spec.admin ? root : user
  const others = (roles ?? []).filter((role) => role !== wished)
  return [
    ...(roles === undefined ? [{ do: 'AddUser', user } as const] : []),
    ...(roles?.includes(wished) ? [] : [{ do: 'GrantRole', user, role: wished } as const]),
    // A role that somebody else gave the user stays, and the user loses it.
    ...others.map((role) => ({ do: 'RevokeRole', user, role }) as const),
    ...(object.spec.admin && permissions !== undefined ? [{ do: 'DeleteRole', role: user } as const] : []),
  ]
}

function inWords(writes: readonly UserWrite[]): string {
  const counts = new Map<string, number>()
  for (const { do: what } of writes) counts.set(what, (counts.get(what) ?? 0) + 1)
  const each = [...counts].map(([what, count]) => (count === 1 ? what : `${what} x ${count}`)).join(', ')
  return `${writes.length} ${writes.length === 1 ? 'write' : 'writes'} (${each})`
}
