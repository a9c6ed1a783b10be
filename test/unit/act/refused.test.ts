import { describe, expect, test } from 'vitest'
import { refused } from '../../../src/act/refused.ts'
import { Failure, type FailureKind } from '../../../src/adapters/failure.ts'
import type { Action } from '../../../src/plan/cluster/step.ts'

const rows: readonly (readonly [string, Failure, Action | undefined, object | undefined])[] = [
  [
    'a right that is lacking',
    new Failure('forbidden', 'pods is forbidden'),
    'DeletePod',
    { reason: 'MissingPermission', message: 'the operator lacks a permission: pods is forbidden', recheckMs: 10_000, next: 'DeletePod' },
  ],
  [
    'a right that is lacking for no step',
    new Failure('forbidden', 'services is forbidden'),
    undefined,
    { reason: 'MissingPermission', message: 'the operator lacks a permission: services is forbidden', recheckMs: 10_000 },
  ],
  [
    'a quota',
    new Failure('rejected', 'configmaps is forbidden: exceeded quota: small'),
    'WriteConfig',
    {
      reason: 'QuotaExceeded',
      message: 'the API server refuses: configmaps is forbidden: exceeded quota: small',
      recheckMs: 15_000,
      next: 'WriteConfig',
    },
  ],
  [
    'admission',
    new Failure('rejected', 'denied by policy'),
    'CreateStatefulSet',
    { reason: 'RequestRejected', message: 'the API server refuses: denied by policy', recheckMs: 15_000, next: 'CreateStatefulSet' },
  ],
  [
    'a namespace that is going',
    new Failure('rejected', 'unable to create new content in namespace ns because it is being terminated'),
    'WriteConfig',
    { reason: 'Deleting', message: 'the namespace is being deleted', recheckMs: 30_000 },
  ],
  [
    'etcd, for now',
    new Failure('rejected', 'unhealthy cluster'),
    'PromoteLearner',
    { reason: 'NotAnswered', message: 'tried again soon: unhealthy cluster', recheckMs: 1000, next: 'PromoteLearner' },
  ],
  [
    'nobody: the answer is missing',
    new Failure('timeout', 'deadline exceeded'),
    'AddLearner',
    { reason: 'NotAnswered', message: 'tried again soon: deadline exceeded', recheckMs: 1000, next: 'AddLearner' },
  ],
  [
    'nobody: the API server is away',
    new Failure('unavailable', 'connection refused'),
    'SetReplicas',
    { reason: 'NotAnswered', message: 'tried again soon: connection refused', recheckMs: 1000, next: 'SetReplicas' },
  ],
]

describe('a write is refused by', () => {
  test.each(rows)('%s', (_, failure, action, expected) => {
    expect(refused(failure, action)).toEqual({ kind: 'wait', ...expected })
  })

  test.each<Action>(['AddLearner', 'PromoteLearner', 'RemoveMember', 'MoveLeader'])('etcd where the step is %s', (action) => {
    expect(refused(new Failure('rejected', 'no'), action)?.reason).toBe('NotAnswered')
  })
})

describe('the controller loop handles', () => {
  test.each<FailureKind>(['conflict', 'not-found', 'bug'])('a failure of kind %s', (kind) => {
    expect(refused(new Failure(kind, 'm'), 'SetReplicas')).toBeUndefined()
  })

  test.each<FailureKind>(['unavailable', 'timeout'])('%s where no step was taken', (kind) => {
    expect(refused(new Failure(kind, 'm'), undefined)).toBeUndefined()
  })

  test('what is no failure of a call', () => {
    expect(refused(new Error('forbidden'), 'SetReplicas')).toBeUndefined()
    expect(refused(undefined, undefined)).toBeUndefined()
  })
})
