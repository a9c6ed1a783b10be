/**
 * The service Auth of etcd's rpc.proto, and Permission of its auth.proto, the same from 3.5 to 3.7. What no caller reads is left out: the
 * headers of the replies, and the token of Authenticate.
 */
export const authMessages = {
  AuthStatusResponse: ['bool enabled = 2', 'uint64 authRevision = 3'],
  AuthenticateRequest: ['string name = 1', 'string password = 2'],
  AuthNameRequest: ['string name = 1'],
  AuthUserPasswordRequest: ['string name = 1', 'string password = 2'],
  // `name` in UserRevokeRole, `user` in UserGrantRole; both are field 1.
  AuthUserRoleRequest: ['string user = 1', 'string role = 2'],
  AuthUserGetResponse: ['repeated string roles = 2'],
  AuthUserListResponse: ['repeated string users = 2'],
  AuthRoleGetRequest: ['string role = 1'],
  AuthRoleGetResponse: ['repeated Permission perm = 2'],
  AuthRoleListResponse: ['repeated string roles = 2'],
  AuthRoleGrantRequest: ['string name = 1', 'Permission perm = 2'],
  AuthRoleRevokeRequest: ['string role = 1', 'bytes key = 2', 'bytes range_end = 3'],
  // permType: 0 reads, 1 writes, 2 does both.
  Permission: ['int32 permType = 1', 'bytes key = 2', 'bytes range_end = 3'],
} as const

export const authMethods = {
  AuthStatus: ['Empty', 'AuthStatusResponse'],
  AuthEnable: ['Empty', 'Empty'],
  AuthDisable: ['Empty', 'Empty'],
  Authenticate: ['AuthenticateRequest', 'Empty'],
  UserAdd: ['AuthUserPasswordRequest', 'Empty'],
  UserGet: ['AuthNameRequest', 'AuthUserGetResponse'],
  UserList: ['Empty', 'AuthUserListResponse'],
  UserDelete: ['AuthNameRequest', 'Empty'],
  UserChangePassword: ['AuthUserPasswordRequest', 'Empty'],
  UserGrantRole: ['AuthUserRoleRequest', 'Empty'],
  UserRevokeRole: ['AuthUserRoleRequest', 'Empty'],
  RoleAdd: ['AuthNameRequest', 'Empty'],
  RoleGet: ['AuthRoleGetRequest', 'AuthRoleGetResponse'],
  RoleList: ['Empty', 'AuthRoleListResponse'],
  RoleDelete: ['AuthRoleGetRequest', 'Empty'],
  RoleGrantPermission: ['AuthRoleGrantRequest', 'Empty'],
  RoleRevokePermission: ['AuthRoleRevokeRequest', 'Empty'],
} as const
