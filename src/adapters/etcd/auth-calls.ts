import type { MemberEndpoint } from '../../model/names.ts'
import type { EtcdPermission } from '../../model/user/permission.ts'
import type { CallOptions } from './call-options.ts'

/**
 * Calls about users, roles and authentication. While authentication is on, each needs the root role, but for `authenticate` and `canRead`.
 * Throws `Failure` as all calls of `Etcd`; no message holds a password.
 */
export interface EtcdAuth {
  authStatus(endpoint: MemberEndpoint, options?: CallOptions): Promise<AuthStatus>
  /** Succeeds also when it is on already. `rejected`: there is no user root, or it lacks the role root. */
  authEnable(endpoint: MemberEndpoint, options?: CallOptions): Promise<void>
  /** Succeeds also when it is off already. */
  authDisable(endpoint: MemberEndpoint, options?: CallOptions): Promise<void>
  /** Names of all users, and of all roles. */
  users(endpoint: MemberEndpoint, options?: CallOptions): Promise<readonly string[]>
  roles(endpoint: MemberEndpoint, options?: CallOptions): Promise<readonly string[]>
  /** Undefined: there is no such user. */
  rolesOf(endpoint: MemberEndpoint, user: string, options?: CallOptions): Promise<readonly string[] | undefined>
  /** Undefined: there is no such role. */
  permissionsOf(endpoint: MemberEndpoint, role: string, options?: CallOptions): Promise<readonly EtcdPermission[] | undefined>
  /**
   * One write, which raises the auth revision: requests in flight may fail because of it, and so it is never sent without need. Succeeds
   * also when it was done already, but for a user or role that exists (`conflict`): it may be somebody else's.
   */
  authWrite(endpoint: MemberEndpoint, write: AuthWrite, options?: CallOptions): Promise<void>
  /** Logs in, which changes nothing. `off`: authentication is off, and etcd tries no password then. */
  authenticate(endpoint: MemberEndpoint, user: string, password: string, options?: CallOptions): Promise<'accepted' | 'refused' | 'off'>
  /** Whether the credentials of the endpoint let a key be read, by a linearizable read. */
  canRead(endpoint: MemberEndpoint, options?: CallOptions): Promise<'read' | 'refused'>
}

export interface AuthStatus {
  readonly enabled: boolean
  /** Raised by each write about users, roles and permissions. */
  readonly revision: string
}

export type AuthWrite =
  | { readonly do: 'AddUser'; readonly user: string; readonly password: string }
  | { readonly do: 'ChangePassword'; readonly user: string; readonly password: string }
  | { readonly do: 'DeleteUser'; readonly user: string }
  | { readonly do: 'GrantRole' | 'RevokeRole'; readonly user: string; readonly role: string }
  | { readonly do: 'AddRole' | 'DeleteRole'; readonly role: string }
  /** A permission with the same range is replaced. */
  | { readonly do: 'GrantPermission'; readonly role: string; readonly permission: EtcdPermission }
  | { readonly do: 'RevokePermission'; readonly role: string; readonly key: string; readonly rangeEnd: string }
