import { expect, test } from 'vitest'
import { clientService, peerService } from '../../../../src/objects/cluster/services.ts'
import { anEtcdCluster } from '../../../builders/a-cluster.ts'

const cluster = anEtcdCluster({ pod: { labels: { team: 'a' } } })

test('clients have one address, which is there before anybody answers', () => {
  expect(clientService(cluster, false)).toMatchObject({ metadata: { name: 'demo', namespace: 'ns' } })
  expect(clientService(cluster, false).spec).toEqual({
    type: 'ClusterIP',
    ports: [{ name: 'client', port: 2379, targetPort: 'client', protocol: 'TCP' }],
  })
})

test('clients are sent to pods that serve, and to no others', () => {
  expect(clientService(cluster, true)).toMatchObject({
    spec: { selector: { 'etcd-operator.dev/cluster': 'demo', 'etcd-operator.dev/serving': 'true' } },
  })
})

test('members find each other before they are ready', () => {
  expect(peerService(cluster)).toMatchObject({
    metadata: { name: 'demo-peers', namespace: 'ns' },
    spec: { clusterIP: 'None', publishNotReadyAddresses: true, selector: { 'etcd-operator.dev/cluster': 'demo' } },
  })
})

test('every port has its name', () => {
  expect(peerService(cluster)).toMatchObject({
    spec: {
      ports: [
        { name: 'client', port: 2379 },
        { name: 'peer', port: 2380 },
        { name: 'metrics', port: 2381 },
      ],
    },
  })
})

test('selectors use labels of ours alone', () => {
  for (const { spec } of [clientService(cluster, true), peerService(cluster)]) {
    const { selector } = spec as { selector: Record<string, string> }
    expect(Object.keys(selector).every((key) => key.startsWith('etcd-operator.dev/'))).toBe(true)
  }
})
