import { expect, test } from 'vitest'
import { nextCluster } from '../../../../src/model/cluster/next-cluster.ts'
import { nextVersionOf } from '../../../../src/model/cluster/next-version.ts'
import { etcdImage } from '../../../../src/model/cluster/revision.ts'
import { aCluster } from '../../../builders/a-cluster.ts'
import { betweenVersions } from '../../../builders/between-versions.ts'

test('a pod that is created next runs what the spec asks for', () => {
  expect(nextVersionOf(aCluster({ version: '3.6.16' }).running())).toBe('3.6.16')
})

test.each([
  ['custom-36', 'custom-37', 'custom-36'],
  ['', 'v3.7.3-fips', 'v3.6.16'],
  ['custom-36', '', 'v3.6.16'],
])('with the tag %j, and not yet %j, while it may not go to another version', (tag, wished, created) => {
  const runs = ['3.6.16', '3.6.16', '3.6.16']
  const scene = betweenVersions({ runs, wanted: '3.6.16', spec: { image: { ...aCluster().cluster.spec.image, tag } } })
  const { image } = scene.cluster.spec
  // The cluster may have run 3.5: its members have to save snapshots first.
  const change = scene.withSpec({ version: '3.7.3', image: { ...image, tag: wished } })
  expect(etcdImage(nextCluster(change))).toBe(`gcr.io/etcd-development/etcd:${created}`)
  const open = change.withStatus({ ...change.cluster.status, logsFrom: '3.6' })
  expect(etcdImage(nextCluster(open))).toBe(`gcr.io/etcd-development/etcd:${wished || 'v3.7.3'}`)
})
