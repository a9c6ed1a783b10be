import { expect, test } from 'vitest'
import { bindingSecret } from '../../../../src/objects/user/binding-secret.ts'
import { anEtcdCluster } from '../../../builders/a-cluster.ts'
import { anEtcdUser } from '../../../builders/a-user.ts'

const cluster = anEtcdCluster({ tls: { mode: 'Required' } }, { tls: { mode: 'Required' } })
const entries = { trust: 'trust', pair: { cert: 'cert', key: 'key' }, password: { text: 'secret', version: '1' } }

function textsOf({ data }: ReturnType<typeof bindingSecret>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]))
}

test('the Secret of an EtcdUser has the entries that the Service Binding specification names', () => {
  const secret = bindingSecret(anEtcdUser(), cluster, entries)
  expect(secret.type).toBe('servicebinding.io/etcd')
  expect(textsOf(secret)).toEqual({
    type: 'etcd',
    provider: 'etcd-operator',
    host: 'demo.ns.svc',
    port: '2379',
    endpoints: 'https://demo.ns.svc:2379',
    uri: 'https://demo.ns.svc:2379',
    username: 'billing',
    'ca.crt': 'trust',
    'tls.crt': 'cert',
    'tls.key': 'key',
    password: 'secret',
  })
})

test('what was not asked for is no entry of it', () => {
  const secret = bindingSecret(anEtcdUser(), cluster, { trust: undefined, pair: undefined, password: undefined })
  expect(Object.keys(secret.data).toSorted()).toEqual(['endpoints', 'host', 'port', 'provider', 'type', 'uri', 'username'])
})

test('it says whose it is, and goes with its EtcdUser', () => {
  const { metadata } = bindingSecret(anEtcdUser(), cluster, entries)
  expect(metadata).toMatchObject({
    name: 'billing-etcd',
    namespace: 'ns',
    labels: {
      'etcd-operator.dev/cluster': 'demo',
      'etcd-operator.dev/cluster-uid': cluster.metadata.uid,
      'app.kubernetes.io/name': 'etcd',
      'app.kubernetes.io/managed-by': 'etcd-operator',
    },
    ownerReferences: [{ kind: 'EtcdUser', name: 'billing', uid: 'uid-billing', controller: true }],
  })
})
