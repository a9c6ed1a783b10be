import { expect, test } from 'vitest'
import { withRepository } from '../../../src/controllers/with-repository.ts'
import { anEtcdCluster } from '../../builders/a-cluster.ts'

test('an EtcdCluster with another image repository is the same object in each pass, so that nothing is computed from it twice', () => {
  const cluster = anEtcdCluster()
  const changed = withRepository(cluster, 'mirror/etcd')
  expect(changed.spec.image.repository).toBe('mirror/etcd')
  expect(withRepository(cluster, 'mirror/etcd')).toBe(changed)
  expect(withRepository(cluster, 'other/etcd').spec.image.repository).toBe('other/etcd')
})

test('an image that the EtcdCluster itself names stays', () => {
  const own = anEtcdCluster({ image: { repository: 'own/etcd' } })
  expect(withRepository(own, 'mirror/etcd')).toBe(own)
  expect(withRepository(anEtcdCluster(), undefined).spec.image.repository).toBe('gcr.io/etcd-development/etcd')
})
