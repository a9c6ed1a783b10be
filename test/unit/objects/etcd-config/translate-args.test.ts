import { describe, expect, test } from 'vitest'
import type { MinorKey } from '../../../../src/model/versions.ts'
import { checkExtraArgs } from '../../../../src/objects/etcd-config/extra-args.ts'
import { translated } from '../../../../src/objects/etcd-config/translate-args.ts'

type Args = Readonly<Record<string, string>>

describe('an argument under the name that another minor version has for it', () => {
  const rows: readonly (readonly [MinorKey, Args, Args])[] = [
    ['3.6', { 'pre-vote': 'true' }, { 'pre-vote': 'true' }],
    ['3.6', { 'experimental-memory-mlock': 'true' }, { 'memory-mlock': 'true' }],
    ['3.7', { 'experimental-corrupt-check-time': '5m' }, { 'corrupt-check-time': '5m' }],
    ['3.5', { 'corrupt-check-time': '5m' }, { 'experimental-corrupt-check-time': '5m' }],
    ['3.6', { 'experimental-stop-grpc-service-on-defrag': 'true' }, { 'feature-gates': 'StopGRPCServiceOnDefrag=true' }],
    ['3.5', { 'feature-gates': 'StopGRPCServiceOnDefrag=false' }, { 'experimental-stop-grpc-service-on-defrag': 'false' }],
    [
      '3.6',
      { 'experimental-enable-lease-checkpoint': 'true', 'experimental-enable-lease-checkpoint-persist': 'true' },
      { 'feature-gates': 'LeaseCheckpoint=true,LeaseCheckpointPersist=true' },
    ],
    [
      '3.5',
      { 'feature-gates': 'LeaseCheckpoint=true,LeaseCheckpointPersist=true' },
      { 'experimental-enable-lease-checkpoint': 'true', 'experimental-enable-lease-checkpoint-persist': 'true' },
    ],
    [
      '3.6',
      { 'experimental-stop-grpc-service-on-defrag': 'true', 'feature-gates': 'SetMemberLocalAddr=true' },
      { 'feature-gates': 'StopGRPCServiceOnDefrag=true,SetMemberLocalAddr=true' },
    ],
    // The present name counts.
    ['3.6', { 'experimental-memory-mlock': 'true', 'memory-mlock': 'false' }, { 'memory-mlock': 'false' }],
    [
      '3.6',
      { 'experimental-stop-grpc-service-on-defrag': 'true', 'feature-gates': 'StopGRPCServiceOnDefrag=false' },
      { 'feature-gates': 'StopGRPCServiceOnDefrag=false' },
    ],
    // No name: it stays, and is refused.
    ['3.5', { 'log-format': 'json' }, { 'log-format': 'json' }],
    ['3.6', { nonsense: 'x' }, { nonsense: 'x' }],
  ]
  test.each(rows)('on %s: %j -> %j', (minor, args, expected) => {
    expect(translated(minor, args)).toEqual(expected)
    const known = Object.keys(expected).every((name) => !['nonsense', 'log-format'].includes(name))
    if (known) expect(checkExtraArgs(`${minor}.30`, expected)).toEqual([])
  })
})
