import { describe, expect, test } from 'vitest'
import { votersOf } from '../../../../../src/model/backup/view.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { reportForeignData } from '../../../../../src/plan/cluster/repair/foreign-data.ts'
import { statusOf } from '../../../../../src/report/cluster/status.ts'
import { aCluster } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const view = aCluster().running().onForeignData('demo-1')

describe('reportForeignData', () => {
  decides(reportForeignData, {
    'names the member and the way out': [view, 'block ClusterIdMismatch demo-1'],
    'names one that is not listed': [view.unlisted('demo-1'), 'block ClusterIdMismatch demo-1'],
    'has nothing to do otherwise': [aCluster().running()],
  })

  test('tells the ID by which etcd lists the member, for the way without its data', () => {
    expect(reportForeignData(view)).toMatchObject({ message: expect.stringContaining('-- etcdctl member remove a1') })
  })
})

test('the status keeps every member, and backups are asked of all voters', () => {
  const status = statusOf(view, planCluster(view))
  expect(status.memberStatus?.map(({ name, role, ready }) => [name, role, ready])).toEqual([
    ['demo-0', 'Voter', true],
    ['demo-1', 'Voter', false],
    ['demo-2', 'Voter', true],
  ])
  expect(status.memberStatus?.[1]?.message).toContain('f00d')
  expect(votersOf({ ...view.cluster, status })).toEqual(['demo-0', 'demo-1', 'demo-2'])
  expect(status.leader).toBe('demo-0')
})
