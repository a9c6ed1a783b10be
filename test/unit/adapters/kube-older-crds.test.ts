import { expect, test } from 'vitest'
import { ETCD_CLUSTER, ETCD_USER } from '../../../src/adapters/kube/kinds.ts'
import { acceptObject } from '../../../src/adapters/kube/reply.ts'
import { addedDefaults } from '../../../src/api/etcd-cluster-defaults.generated.ts'
import { anEtcdCluster } from '../../builders/a-cluster.ts'

/** A CRD that is older than the operator fills in no defaults of fields that it does not know. */

const metadata = { name: 'demo', namespace: 'ns', uid: 'u', resourceVersion: '1' }

test('an EtcdCluster of a CRD from before TLS has the parts that its spec lacks, as the present CRD fills them in', () => {
  const { tls, auth, networkPolicy, ...earlier } = anEtcdCluster().spec
  const { spec } = acceptObject(ETCD_CLUSTER, 'GET', { metadata, spec: earlier })
  expect(spec).toEqual({ ...earlier, tls: addedDefaults.tls, auth: { enabled: false }, networkPolicy })
  expect(tls).toEqual({ ...addedDefaults.tls, mode: 'Off' })
  expect(auth).toEqual(addedDefaults.auth)
})

test('what the spec says stays, and other kinds get nothing', () => {
  const { spec } = anEtcdCluster({ tls: { mode: 'Off', extraNames: ['a.example'] }, networkPolicy: { enabled: false } })
  expect(acceptObject(ETCD_CLUSTER, 'GET', { metadata, spec }).spec).toEqual(spec)
  expect(acceptObject(ETCD_USER, 'GET', { metadata, spec: { cluster: 'demo' } }).spec).toEqual({ cluster: 'demo' })
})
