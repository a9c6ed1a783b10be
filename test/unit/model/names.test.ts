import { describe, expect, test } from 'vitest'
import * as names from '../../../src/model/names.ts'
import { anEtcdCluster } from '../../builders/a-cluster.ts'

const cluster = anEtcdCluster()

test('every name is made from the name of the cluster', () => {
  expect(names.memberName(cluster, 2)).toBe('demo-2')
  expect(names.volumeName('demo-2')).toBe('data-demo-2')
  expect(names.configName(cluster)).toBe('demo-members')
  expect(names.configKey('demo-2')).toBe('demo-2.yaml')
  expect(names.peerServiceName(cluster)).toBe('demo-peers')
  expect(names.peerUrl(cluster, 'demo-2')).toBe('http://demo-2.demo-peers.ns.svc:2380')
  expect(names.clientUrl(cluster, 'demo-2')).toBe('http://demo-2.demo-peers.ns.svc:2379')
  expect(names.serviceEndpoint(cluster)).toBe('http://demo.ns.svc:2379')
  expect(names.peerUrl(cluster, 'demo-2', 'https')).toBe('https://demo-2.demo-peers.ns.svc:2380')
  expect(names.clientUrl(cluster, 'demo-2', 'https')).toBe('https://demo-2.demo-peers.ns.svc:2379')
  expect(names.serviceEndpoint(cluster, 'https')).toBe('https://demo.ns.svc:2379')
  expect(names.peerCaSecretName(cluster)).toBe('demo-peer-ca')
  expect(names.clientCaSecretName(cluster)).toBe('demo-client-ca')
  expect(names.peerTlsSecretName(cluster)).toBe('demo-peer-tls')
  expect(names.serverTlsSecretName(cluster)).toBe('demo-server-tls')
  expect(names.clientSecretName(cluster)).toBe('demo-client')
})

describe('a name is a member’s', () => {
  test.each([
    ['demo-0', 0],
    ['demo-10', 10],
    ['demo-01', undefined],
    ['demo-', undefined],
    ['demo', undefined],
    ['demo-x', undefined],
    ['demo-1-1', undefined],
    ['demo--1', undefined],
    ['other-1', undefined],
    ['demo-13', 13],
    // A StatefulSet would make all pods below it.
    ['demo-14', undefined],
    ['demo-99', undefined],
    ['demo-999999', undefined],
  ])('%s: %s', (name, ordinal) => {
    expect(names.ordinalOf(cluster, name)).toBe(ordinal)
  })

  test('not that of another cluster whose name begins alike', () => {
    const longer = { ...cluster, metadata: { ...cluster.metadata, name: 'demo-1' } }
    expect(names.ordinalOf(cluster, names.memberName(longer, 0))).toBeUndefined()
  })
})

describe('a volume holds the data of', () => {
  test.each([
    ['data-demo-0', 'demo-0'],
    ['demo-0', undefined],
    ['data-demo', undefined],
    ['data-demo-1-0', undefined],
    ['backup-demo-0', undefined],
  ])('%s: %s', (volume, member) => {
    expect(names.memberOfVolume(cluster, volume)).toBe(member)
  })
})

describe('a peer URL belongs to', () => {
  test.each([
    ['http://demo-0.demo-peers.ns.svc:2380', 'demo-0'],
    ['https://demo-0.demo-peers.ns.svc:2380', 'demo-0'],
    ['httpss://demo-0.demo-peers.ns.svc:2380', undefined],
    ['unix://demo-0.demo-peers.ns.svc:2380', undefined],
    ['http://demo-0.demo-peers.other.svc:2380', undefined],
    ['http://demo-0.demo-peers.ns.svc.cluster.local:2380', undefined],
    ['http://demo-0.demo-peers.ns.svc:2379', undefined],
    ['http://demo-x.demo-peers.ns.svc:2380', undefined],
    ['http://10.0.0.9:2380', undefined],
    ['', undefined],
    // The spare while a member of seven is exchanged.
    ['http://demo-7.demo-peers.ns.svc:2380', 'demo-7'],
    // The operator gives the lowest names that are free: somebody else has added this one.
    ['http://demo-8.demo-peers.ns.svc:2380', undefined],
    ['http://demo-999999.demo-peers.ns.svc:2380', undefined],
  ])('%s: %s', (url, member) => {
    expect(names.memberOfPeerUrl(cluster, url)).toBe(member)
  })

  test('a member of a cluster that began with more of them', () => {
    const large = anEtcdCluster({}, { bootstrap: { size: 9, token: 't', incarnation: 'i' } })
    expect(names.memberOfPeerUrl(large, 'http://demo-8.demo-peers.ns.svc:2380')).toBe('demo-8')
    expect(names.memberOfPeerUrl(large, 'http://demo-9.demo-peers.ns.svc:2380')).toBeUndefined()
  })
})
