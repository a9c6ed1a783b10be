import { expect, test } from 'vitest'
import { planLines } from '../../../../src/plugin/cluster/plan-lines.ts'
import { plain } from '../../../../src/plugin/text.ts'
import { now } from '../../../builders/a-cluster.ts'
import { aSeenCluster } from '../../../builders/a-seen-cluster.ts'

const steps = [
  { action: 'WriteTemplate', reason: 'Rolling', message: 'the template for 3.6.17', disrupts: false },
  { action: 'DeletePod', member: 'demo-0', reason: 'Rolling', message: 'restarting demo-0', disrupts: true },
  { action: 'Block', reason: 'VolumeNotGrowable', message: 'class "local" can not grow', disrupts: false },
]

test('nothing to do is one line', () => {
  expect(planLines(aSeenCluster(), undefined, { columns: 80, now }).map(plain)).toEqual(['now      nothing to do'])
})

test('a wait says what it waits for, and how to see what comes after it', () => {
  const cluster = aSeenCluster({
    nextStep: { action: 'Wait', reason: 'LearnerCatchingUp', member: 'demo-3', message: '412 entries behind' },
  })
  expect(planLines(cluster, undefined, { columns: 80, now }).map(plain)).toEqual([
    'waits    LearnerCatchingUp demo-3: 412 entries behind (for 5s)',
    'you      the steps after it: kubectl etcd plan demo --ahead',
  ])
})

test('the steps of a dry run are numbered, and the end of the list is none of them', () => {
  const cluster = aSeenCluster({ nextStep: { action: 'Block', reason: 'DryRun', message: 'held back' } })
  expect(planLines(cluster, steps, { columns: undefined, now }).map(plain)).toEqual([
    'then   1  WriteTemplate: the template for 3.6.17',
    '       2  DeletePod demo-0: restarting demo-0  (disrupts)',
    '          blocked, VolumeNotGrowable: class "local" can not grow',
    'you      the annotation etcd-operator.dev/dry-run holds the operator back; to go on: kubectl annotate etcdcluster demo etcd-operator.dev/dry-run-',
  ])
})

test('an empty dry run says so', () => {
  expect(planLines(aSeenCluster(), [], { columns: 80, now }).map(plain)).toEqual([
    'now      nothing to do',
    'then     no step is left to take',
  ])
})
