import { expect, test } from 'vitest'
import { nextVersionOf } from '../../../../src/model/cluster/next-version.ts'
import { aCluster } from '../../../builders/a-cluster.ts'

test('a pod that is created next runs what the spec asks for', () => {
  expect(nextVersionOf(aCluster({ version: '3.6.16' }).running())).toBe('3.6.16')
})
