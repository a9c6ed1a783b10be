import type { ServiceDefinition } from '@grpc/proto-loader'
import { type RpcName, rpcMethod } from '../../../src/adapters/etcd/proto.ts'
import { Refusal } from './etcd-cluster.ts'

/** The calls that the stand-in answers. MemberList has the reply of MemberPromote: a header and the members. */
const methods: Readonly<Record<string, RpcName>> = {
  'Maintenance.Status': 'Maintenance.Status',
  'Maintenance.MoveLeader': 'Maintenance.MoveLeader',
  'Cluster.MemberList': 'Cluster.MemberPromote',
  'Cluster.MemberAdd': 'Cluster.MemberAdd',
  'Cluster.MemberPromote': 'Cluster.MemberPromote',
  'Cluster.MemberRemove': 'Cluster.MemberRemove',
  'Auth.AuthStatus': 'Auth.AuthStatus',
  'Auth.UserList': 'Auth.UserList',
  'Auth.RoleList': 'Auth.RoleList',
  'Auth.UserGet': 'Auth.UserGet',
}

export function methodOf(call: string): ServiceDefinition[string] {
  const name = methods[call]
  if (name === undefined) throw new Refusal(12, `the stand-in doesn't know ${call}`)
  return rpcMethod(name)
}
