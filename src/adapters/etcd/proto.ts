import { fromJSON, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader'
import { authMessages, authMethods } from './proto-auth.ts'

/**
 * The part of etcd's gRPC API that the operator uses, as in etcd's rpc.proto (3.7; an older server leaves the fields marked 3.6
 * at their defaults). Kept as text in the source, so that the bundle includes it.
 */
const messages = {
  Empty: [],
  ResponseHeader: ['uint64 cluster_id = 1', 'uint64 member_id = 2', 'int64 revision = 3', 'uint64 raft_term = 4'],
  Member: ['uint64 ID = 1', 'string name = 2', 'repeated string peerURLs = 3', 'repeated string clientURLs = 4', 'bool isLearner = 5'],
  MemberListRequest: ['bool linearizable = 1'],
  MemberAddRequest: ['repeated string peerURLs = 1', 'bool isLearner = 2'],
  MemberAddResponse: ['ResponseHeader header = 1', 'Member member = 2', 'repeated Member members = 3'],
  MemberIdRequest: ['uint64 ID = 1'],
  MemberUpdateRequest: ['uint64 ID = 1', 'repeated string peerURLs = 2'],
  MembersResponse: ['ResponseHeader header = 1', 'repeated Member members = 2'],
  // storageVersion, dbSizeQuota, downgradeInfo: 3.6
  StatusResponse: [
    'ResponseHeader header = 1',
    'string version = 2',
    'int64 dbSize = 3',
    'uint64 leader = 4',
    'uint64 raftIndex = 5',
    'uint64 raftTerm = 6',
    'uint64 raftAppliedIndex = 7',
    'repeated string errors = 8',
    'int64 dbSizeInUse = 9',
    'bool isLearner = 10',
    'string storageVersion = 11',
    'int64 dbSizeQuota = 12',
    'DowngradeInfo downgradeInfo = 13',
  ],
  DowngradeInfo: ['bool enabled = 1', 'string targetVersion = 2'],
  // action: 0 validates, 1 enables, 2 cancels. 3.5 has the call, too, and refuses it.
  DowngradeRequest: ['int32 action = 1', 'string version = 2'],
  MoveLeaderRequest: ['uint64 targetID = 1'],
  // action: 2 deactivates. alarm: 1 is NOSPACE, 2 is CORRUPT.
  AlarmRequest: ['int32 action = 1', 'uint64 memberID = 2', 'int32 alarm = 3'],
  CompactionRequest: ['int64 revision = 1', 'bool physical = 2'],
  HashKVRequest: ['int64 revision = 1'],
  // hash_revision is left out: no caller reads it.
  HashKVResponse: ['ResponseHeader header = 1', 'uint32 hash = 2', 'int64 compact_revision = 3'],
  RangeRequest: ['bytes key = 1', 'bytes range_end = 2', 'int64 revision = 4', 'bool count_only = 9'],
  // The keys themselves are left out: no caller reads them.
  RangeResponse: ['ResponseHeader header = 1', 'int64 count = 4'],
  ...authMessages,
} as const

const services = {
  KV: {
    Range: ['RangeRequest', 'RangeResponse'],
    Compact: ['CompactionRequest', 'Empty'],
  },
  Cluster: {
    MemberList: ['MemberListRequest', 'MembersResponse'],
    MemberAdd: ['MemberAddRequest', 'MemberAddResponse'],
    MemberRemove: ['MemberIdRequest', 'MembersResponse'],
    MemberUpdate: ['MemberUpdateRequest', 'MembersResponse'],
    MemberPromote: ['MemberIdRequest', 'MembersResponse'],
  },
  Maintenance: {
    Status: ['Empty', 'StatusResponse'],
    HashKV: ['HashKVRequest', 'HashKVResponse'],
    // The replies of MoveLeader, Defragment, Downgrade and Compact have only a header, and that of Alarm the alarms: no caller reads them.
    Alarm: ['AlarmRequest', 'Empty'],
    MoveLeader: ['MoveLeaderRequest', 'Empty'],
    Defragment: ['Empty', 'Empty'],
    Downgrade: ['DowngradeRequest', 'Empty'],
  },
  Auth: authMethods,
} as const

export type RpcName = {
  [Service in keyof typeof services]: `${Service}.${keyof (typeof services)[Service] & string}`
}[keyof typeof services]

/** How one call is written and read. 64-bit numbers come back as decimal strings: member IDs don't fit a double. */
export function rpcMethod(name: RpcName): ServiceDefinition[string] {
  const [service, method] = name.split('.') as [string, string] // RpcName has exactly one dot.
  const found = (definition[`etcdserverpb.${service}`] as ServiceDefinition)[method] // The package holds messages and services.
  if (found === undefined) throw new Error(`no such call: ${name}`)
  return found
}

const definition: PackageDefinition = fromJSON(
  {
    nested: {
      etcdserverpb: {
        nested: { ...mapValues<readonly string[], object>(messages, readFields), ...mapValues<Methods, object>(services, readMethods) },
      },
    },
  },
  { keepCase: true, longs: String, defaults: true },
)

type Methods = Readonly<Record<string, readonly [request: string, reply: string]>>

function readMethods(methods: Methods) {
  return { methods: mapValues(methods, ([requestType, responseType]) => ({ requestType, responseType })) }
}

function readFields(lines: readonly string[]) {
  return { fields: Object.fromEntries(lines.map(readField)) }
}

/** `repeated string errors = 8` -> the field's name and its definition for protobufjs. */
function readField(line: string): [name: string, field: { type: string; id: number; rule?: string }] {
  const words = line.split(' ')
  const [type, name, , id] = words[0] === 'repeated' ? words.slice(1) : words
  if (type === undefined || name === undefined) throw new Error(`not a field: ${line}`)
  return [name, { type, id: Number(id), ...(words[0] === 'repeated' ? { rule: 'repeated' } : {}) }]
}

function mapValues<V, R>(record: Readonly<Record<string, V>>, change: (value: V) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
