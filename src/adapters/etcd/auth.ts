import type { EtcdPermission } from '../../model/user/permission.ts'
import { Failure, isFailure } from '../failure.ts'
import type { Ask } from './ask.ts'
import type { AuthWrite, EtcdAuth } from './auth-calls.ts'
import type { Connection } from './connection.ts'
import { says } from './errors.ts'
import type { Limits } from './limits.ts'
import { maintenance } from './maintenance.ts'
import { call } from './unary.ts'

/** A login takes etcd a tenth of a second, or half a second with a higher `bcrypt-cost`, for each of those that log in at once. */
const loginDeadlineMs = 10_000
const callDeadlineMs = 5_000

export function authCalls(ask: Ask): EtcdAuth {
  return {
    authStatus: (endpoint, options) =>
      ask('auth status', endpoint, options, callDeadlineMs, async (connection, limits) => {
        const { enabled, authRevision } = await call<WireAuthStatus>(connection, 'Auth.AuthStatus', {}, limits)
        return { enabled, revision: authRevision }
      }),

    authEnable: (endpoint, options) =>
      ask('auth enable', endpoint, options, callDeadlineMs, async (connection, limits) => {
        await call(connection, 'Auth.AuthEnable', {}, limits)
      }),

    authDisable: (endpoint, options) =>
      ask('auth disable', endpoint, options, callDeadlineMs, async (connection, limits) => {
        await call(connection, 'Auth.AuthDisable', {}, limits)
      }),

    users: (endpoint, options) =>
      ask('user list', endpoint, options, callDeadlineMs, async (connection, limits) => {
        return (await call<{ readonly users: readonly string[] }>(connection, 'Auth.UserList', {}, inFull(limits))).users
      }),

    roles: (endpoint, options) =>
      ask('role list', endpoint, options, callDeadlineMs, async (connection, limits) => {
        return (await call<WireRoles>(connection, 'Auth.RoleList', {}, inFull(limits))).roles
      }),

    rolesOf: (endpoint, name, options) =>
      ask('user get', endpoint, options, callDeadlineMs, async (connection, limits) => {
        return (await call<WireRoles>(connection, 'Auth.UserGet', { name }, inFull(limits))).roles
      }).catch(undefinedIf(noSuchUser)),

    permissionsOf: (endpoint, role, options) =>
      ask('role get', endpoint, options, callDeadlineMs, async (connection, limits) => {
        return (await call<WirePermissions>(connection, 'Auth.RoleGet', { role }, inFull(limits))).perm.map(readPermission)
      }).catch(undefinedIf(noSuchRole)),

    authWrite: (endpoint, write, options) =>
      ask(wordsOf[write.do], endpoint, options, loginDeadlineMs, (connection, limits) => send(connection, write, limits)).catch((error) =>
        outcomeOf(error, write),
      ),

    authenticate: (endpoint, name, password, options) =>
      ask('login', endpoint, options, loginDeadlineMs, async (connection, limits) => {
        await call(connection, 'Auth.Authenticate', { name, password }, limits)
        return 'accepted' as const
      }).catch((error) => {
        if (isFailure(error) && says(error, 'authentication is not enabled')) return 'off'
        // `invalid user ID or password`, and `password was given for no password user`, for which there is no code.
        if (isFailure(error) && says(error, 'authentication failed')) return 'refused'
        throw error
      }),

    canRead: (endpoint, options) =>
      ask('read', endpoint, options, callDeadlineMs, async (connection, limits) => {
        await maintenance.confirm(connection, limits)
        return 'read' as const
      }).catch((error) => {
        if (isFailure(error, 'forbidden')) return 'refused'
        throw error
      }),
  }
}

interface WireAuthStatus {
  readonly enabled: boolean
  readonly authRevision: string
}

interface WireRoles {
  readonly roles: readonly string[]
}

interface WirePermissions {
  readonly perm: readonly { readonly permType: number; readonly key: Uint8Array; readonly range_end: Uint8Array }[]
}

async function send(connection: Connection, write: AuthWrite, limits: Limits): Promise<void> {
  switch (write.do) {
    case 'AddUser':
      return void (await call(connection, 'Auth.UserAdd', { name: write.user, password: write.password }, limits))
    case 'ChangePassword':
      return void (await call(connection, 'Auth.UserChangePassword', { name: write.user, password: write.password }, limits))
    case 'DeleteUser':
      return void (await call(connection, 'Auth.UserDelete', { name: write.user }, limits))
    case 'GrantRole':
      return void (await call(connection, 'Auth.UserGrantRole', { user: write.user, role: write.role }, limits))
    case 'RevokeRole':
      return void (await call(connection, 'Auth.UserRevokeRole', { user: write.user, role: write.role }, limits))
    case 'AddRole':
      return void (await call(connection, 'Auth.RoleAdd', { name: write.role }, limits))
    case 'DeleteRole':
      return void (await call(connection, 'Auth.RoleDelete', { role: write.role }, limits))
    case 'GrantPermission': {
      const { access, key, rangeEnd } = write.permission
      const perm = { permType: accesses.indexOf(access), key: bytes(key), range_end: bytes(rangeEnd) }
      return void (await call(connection, 'Auth.RoleGrantPermission', { name: write.role, perm }, limits))
    }
    case 'RevokePermission': {
      const { role, key, rangeEnd } = write
      return void (await call(connection, 'Auth.RoleRevokePermission', { role, key: bytes(key), range_end: bytes(rangeEnd) }, limits))
    }
  }
}

/** In the order of their numbers (auth.proto, Permission). */
const accesses = ['Read', 'Write', 'ReadWrite'] as const

function readPermission({ permType, key, range_end }: WirePermissions['perm'][number]): EtcdPermission {
  const access = accesses[permType]
  if (access === undefined) throw new Failure('bug', `a permission of type ${permType} is not known`)
  return { access, key: Buffer.from(key).toString('latin1'), rangeEnd: Buffer.from(range_end).toString('latin1') }
}

function bytes(latin1: string): Buffer {
  return Buffer.from(latin1, 'latin1')
}

/** What a failure says that is called by another name: never what was written, which may hold a password. */
const wordsOf: Readonly<Record<AuthWrite['do'], string>> = {
  AddUser: 'user add',
  ChangePassword: 'user change password',
  DeleteUser: 'user delete',
  GrantRole: 'user grant role',
  RevokeRole: 'user revoke role',
  AddRole: 'role add',
  DeleteRole: 'role delete',
  GrantPermission: 'role grant permission',
  RevokePermission: 'role revoke permission',
}

const noSuchUser = 'user name not found'
const noSuchRole = 'role name not found'

/** etcd has one code for all of these (rpctypes/error.go, FAILED_PRECONDITION): its text tells. */
function outcomeOf(error: unknown, write: AuthWrite): void {
  if (!isFailure(error)) throw error
  if ((doneBefore[write.do] ?? []).some((text) => says(error, text))) return
  if (says(error, 'name already exists')) throw new Failure('conflict', error.message, { cause: error })
  // What makes something new can only miss its own caller.
  if (!write.do.startsWith('Add') && (says(error, noSuchUser) || says(error, noSuchRole)))
    throw new Failure('not-found', error.message, { cause: error })
  throw error
}

/** Refusals because there is nothing to take away any more. */
const doneBefore: Readonly<Partial<Record<AuthWrite['do'], readonly string[]>>> = {
  DeleteUser: [noSuchUser],
  DeleteRole: [noSuchRole],
  RevokeRole: ['role is not granted to the user', noSuchUser],
  RevokePermission: ['permission is not granted to the role', noSuchRole],
}

function undefinedIf(text: string): (error: unknown) => undefined {
  return (error) => {
    if (!isFailure(error) || !says(error, text)) throw error
    return undefined
  }
}

/** Names of users and roles may have any length, and somebody else may have made thousands of them. */
function inFull(limits: Limits): Limits {
  return { ...limits, maxReplyBytes: 2 ** 20 }
}
