import { status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { toFailure } from '../../../src/adapters/etcd/errors.ts'
import { GrpcError } from '../../../src/adapters/etcd/grpc-error.ts'
import { Failure } from '../../../src/adapters/failure.ts'

describe('a gRPC error becomes a Failure', () => {
  const rows: readonly [kind: string, code: status, details: string][] = [
    ['unavailable', status.UNAVAILABLE, 'No connection established. Last error: connect ECONNREFUSED 10.0.0.1:2379'],
    ['unavailable', status.UNAVAILABLE, 'etcdserver: unhealthy cluster'],
    ['unavailable', status.UNAVAILABLE, 'etcdserver: no leader'],
    ['unavailable', status.UNKNOWN, 'raft: stopped'],
    ['unavailable', status.INTERNAL, 'Received RST_STREAM with code 2'],
    ['timeout', status.DEADLINE_EXCEEDED, 'Deadline exceeded after 2.001s'],
    ['rejected', status.FAILED_PRECONDITION, 'etcdserver: can only promote a learner member which is in sync with leader'],
    ['rejected', status.FAILED_PRECONDITION, 'etcdserver: too many learner members in cluster'],
    ['rejected', status.FAILED_PRECONDITION, 'etcdserver: bad leader transferee'],
    ['rejected', status.FAILED_PRECONDITION, 'etcdserver: rpc not supported for learner'],
    ['rejected', status.UNAVAILABLE, 'etcdserver: rpc not supported for learner'],
    ['rejected', status.RESOURCE_EXHAUSTED, 'etcdserver: mvcc: database space exceeded'],
    ['rejected', status.INVALID_ARGUMENT, 'etcdserver: given member URLs are invalid'],
    ['rejected', status.DATA_LOSS, 'etcdserver: corrupt cluster'],
    ['conflict', status.FAILED_PRECONDITION, 'etcdserver: Peer URLs already exists'],
    ['conflict', status.FAILED_PRECONDITION, 'etcdserver: member ID already exist'],
    ['conflict', status.FAILED_PRECONDITION, 'etcdserver: not leader'],
    ['not-found', status.NOT_FOUND, 'etcdserver: member not found'],
    ['forbidden', status.PERMISSION_DENIED, 'etcdserver: permission denied'],
    ['forbidden', status.UNAUTHENTICATED, 'etcdserver: invalid auth token'],
    ['forbidden', status.INVALID_ARGUMENT, 'etcdserver: user name is empty'],
    ['forbidden', status.FAILED_PRECONDITION, 'etcdserver: user name not found'],
    ['forbidden', status.UNKNOWN, 'auth: permission denied'],
    ['unavailable', status.INVALID_ARGUMENT, 'etcdserver: revision of auth store is old'],
    ['bug', status.RESOURCE_EXHAUSTED, 'Received message larger than max (5000000 vs. 4194304)'],
    ['bug', status.INTERNAL, 'Response message parsing error: invalid wire type'],
    ['bug', status.RESOURCE_EXHAUSTED, 'the reply has more than 65536 bytes'],
    ['bug', status.INTERNAL, 'the reply is not one message of gRPC'],
    ['bug', status.INTERNAL, 'the reply does not parse: invalid wire type'],
  ]

  test.each(rows)('%s: code %i, %s', (kind, code, details) => {
    const ours = new GrpcError(code, details)
    expect(toFailure(ours, 'status of http://10.0.0.1:2379')).toMatchObject({ kind, cause: ours })
    expect(toFailure(ours, 'status of http://10.0.0.1:2379').message).toBe(`status of http://10.0.0.1:2379: ${details}`)
  })

  test.each(rows)('%s: as grpc-js reports it for a snapshot: code %i, %s', (kind, code, details) => {
    const asGrpc = Object.assign(new Error(`${code} ${status[code]}: ${details}`), { code, details })
    expect(toFailure(asGrpc, 'status of http://10.0.0.1:2379')).toMatchObject({ kind, cause: asGrpc })
    expect(toFailure(asGrpc, 'status of http://10.0.0.1:2379').message).toBe(`status of http://10.0.0.1:2379: ${details}`)
  })

  test('a call that its caller gave up', () => {
    const cancelled = Object.assign(new Error('1 CANCELLED: Cancelled on client'), { code: 1 })
    expect(toFailure(cancelled, 'status', AbortSignal.abort()).kind).toBe('unavailable')
    const late = AbortSignal.abort(new DOMException('late', 'TimeoutError'))
    expect(toFailure(cancelled, 'status', late).kind).toBe('timeout')
  })

  test('anything else is a mistake of ours, and a Failure stays itself', () => {
    expect(toFailure(new TypeError('x is not a function'), 'status').kind).toBe('bug')
    const failure = new Failure('conflict', 'x')
    expect(toFailure(failure, 'status')).toBe(failure)
  })
})
