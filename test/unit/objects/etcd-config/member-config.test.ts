import { describe, expect, test } from 'vitest'
import { memberSettings, wantedSettings } from '../../../../src/model/cluster/member-settings.ts'
import { readMemberConfig } from '../../../../src/objects/etcd-config/config-file.ts'
import { configMap, memberConfigText } from '../../../../src/objects/etcd-config/member-config.ts'
import { aCluster, anEtcdCluster } from '../../../builders/a-cluster.ts'

const frozen = aCluster({ size: 1 }).frozen()
const two = [
  { name: 'demo-0', peerUrl: 'http://demo-0.demo-peers.ns.svc:2380' },
  { name: 'demo-1', peerUrl: 'http://demo-1.demo-peers.ns.svc:2380' },
]

describe('the file of a member', () => {
  test('founds the cluster with the frozen token and data directory', () => {
    const text = memberConfigText(frozen, 'demo-0', { state: 'bootstrap', members: ['demo-0', 'demo-1'] })
    expect(readMemberConfig(text)).toEqual({
      state: 'bootstrap',
      members: two,
      token: 'demo-uid-demo-0',
      dataDir: '/var/lib/etcd/inc0',
      maxLearners: 2,
      quotaBytes: Math.floor(0.4 * 2 ** 30),
      settings: wantedSettings(frozen),
      profile: 'Off',
    })
  })

  test('lets it join the members that are named', () => {
    const text = memberConfigText(aCluster().running(1), 'demo-1', { state: 'joining', members: ['demo-0', 'demo-1'] })
    expect(readMemberConfig(text)).toMatchObject({ state: 'joining', members: two, dataDir: '/var/lib/etcd/inc0' })
  })

  test('locks it once it has started', () => {
    expect(readMemberConfig(memberConfigText(aCluster().running(), 'demo-1', { state: 'established' }))).toMatchObject({
      state: 'established',
      members: [],
    })
  })

  test('founds a cluster with TLS by the URLs that its members will have', () => {
    const text = memberConfigText(aCluster({ tls: { mode: 'Required' } }).frozen(), 'demo-0', {
      state: 'bootstrap',
      members: ['demo-0', 'demo-1'],
    })
    expect(readMemberConfig(text)).toMatchObject({
      profile: 'Required',
      members: two.map(({ name, peerUrl }) => ({ name, peerUrl: peerUrl.replace('http:', 'https:') })),
    })
  })

  test('lets it join a list of mixed schemes with exactly those URLs', () => {
    const https = 'https://demo-1.demo-peers.ns.svc:2380'
    const view = aCluster({ tls: { mode: 'Required' } })
      .running()
      .withMember('demo-0', { peerUrl: 'http://demo-0.demo-peers.ns.svc:2380' })
    const text = memberConfigText(view, 'demo-3', { state: 'joining', members: ['demo-0', 'demo-1', 'demo-3'] })
    expect(readMemberConfig(text)).toMatchObject({
      profile: 'Required',
      members: [
        { peerUrl: 'http://demo-0.demo-peers.ns.svc:2380' },
        { peerUrl: https },
        { peerUrl: 'https://demo-3.demo-peers.ns.svc:2380' },
      ],
    })
  })

  test('gets another profile in its turn alone', () => {
    const view = aCluster()
      .running()
      .withSpec({ tls: { ...anEtcdCluster().spec.tls, mode: 'Optional' } })
    const profileOf = (initial: Parameters<typeof memberConfigText>[2]) =>
      readMemberConfig(memberConfigText(view, 'demo-1', initial)).profile
    expect(profileOf({ state: 'established' })).toBe('Off')
    expect(profileOf({ state: 'established', tls: 'Optional' })).toBe('Optional')
  })

  test('names to clients every URL that the member takes', () => {
    const text = memberConfigText(aCluster().running(), 'demo-1', { state: 'established', tls: 'Optional' })
    expect(text).toContain('http://demo-1.demo-peers.ns.svc:2379,https://demo-1.demo-peers.ns.svc:2379')
  })

  test('has a token of this very EtcdCluster when the status was lost', () => {
    const text = memberConfigText(aCluster(), 'demo-0', { state: 'bootstrap', members: ['demo-0'] })
    expect(readMemberConfig(text).token).toBe('demo-uid-demo-0')
  })

  test('says the same for the same', () => {
    const once = memberConfigText(frozen, 'demo-0', { state: 'established' })
    expect(memberConfigText(aCluster({ size: 1 }).frozen(), 'demo-0', { state: 'established' })).toBe(once)
  })

  test('has another quota as soon as a smaller volume is seen, although nobody has written to the EtcdCluster', () => {
    const running = aCluster().running()
    const quotaOf = (text: string) => Number(/quota-backend-bytes: (\d+)/.exec(text)?.[1])
    const before = quotaOf(memberConfigText(running, 'demo-0', { state: 'established' }))
    const smaller = running.withVolume('demo-1', { capacityBytes: 2 ** 29 })
    expect(smaller.cluster).toBe(running.cluster)
    expect(quotaOf(memberConfigText(smaller, 'demo-0', { state: 'established' }))).toBeLessThan(before)
  })

  test('has the quota of before until every volume is large enough for the one that is asked for', () => {
    const Mi = 2 ** 20
    const { spec } = aCluster().cluster
    const running = aCluster({ etcd: { ...spec.etcd, quotaBackendBytes: '400Mi' } }).running()
    const started = ['demo-0', 'demo-1', 'demo-2'].reduce((scene, name) => scene.withConfig(name, { quotaBytes: 400 * Mi }), running)
    const larger = started.withSpec({ storage: { ...spec.storage, size: '4Gi' }, etcd: { ...spec.etcd, quotaBackendBytes: '1800Mi' } })
    const quotaOf = (view: typeof larger) =>
      Number(/quota-backend-bytes: (\d+)/.exec(memberConfigText(view, 'demo-0', { state: 'established' }))?.[1])
    const grown = (names: readonly string[]) => names.reduce((scene, name) => scene.withVolume(name, { capacityBytes: 4096 * Mi }), larger)
    expect(quotaOf(larger)).toBe(400 * Mi)
    expect(quotaOf(grown(['demo-0', 'demo-1']))).toBe(400 * Mi)
    expect(quotaOf(grown(['demo-0', 'demo-1', 'demo-2']).withStatefulSet({ volumeSize: '4Gi' }))).toBe(1800 * Mi)
  })

  test('is not held down by the small volume that a departed member left', () => {
    const left = aCluster()
      .running()
      .withVolume('demo-4', { capacityBytes: 64 * 2 ** 20 })
    expect(memberConfigText(left, 'demo-0', { state: 'established' })).toContain(`quota-backend-bytes: ${Math.floor(0.4 * 2 ** 30)}`)
  })

  test('gives one learner at a time to etcd 3.5, which knows no other', () => {
    const old = aCluster({ version: '3.5.35' }).frozen()
    expect(readMemberConfig(memberConfigText(old, 'demo-0', { state: 'established' }))).not.toHaveProperty('maxLearners')
  })
})

describe('the settings', () => {
  test('are those of the spec in etcd’s units', () => {
    const etcd = {
      quotaBackendBytes: '400Mi',
      autoCompaction: { mode: 'revision', retention: '1000' },
      heartbeatInterval: '200ms',
      electionTimeout: '2s',
      snapshotCount: 5000,
      extraArgs: { 'max-txn-ops': '256' },
    } as const
    expect(memberSettings(aCluster({ etcd }))).toEqual({
      version: '3.6.16',
      quotaBackendBytes: 400 * 2 ** 20,
      autoCompaction: { mode: 'revision', retention: '1000' },
      heartbeatIntervalMs: 200,
      electionTimeoutMs: 2000,
      snapshotCount: 5000,
      extraArgs: { 'max-txn-ops': '256' },
    })
  })

  test('take the quota from the size that the volumes were made with', () => {
    const grown = aCluster()
      .running()
      .withStatefulSet({ volumeSize: '1Gi' })
      .withSpec({ storage: { ...anEtcdCluster().spec.storage, size: '100Gi' } })
    expect(memberSettings(grown).quotaBackendBytes).toBe(Math.floor(0.4 * 2 ** 30))
  })

  test('take the quota from the smallest volume that is there', () => {
    const adopted = aCluster({ storage: { size: '10Gi' } })
      .running()
      .withVolume('demo-1', { capacityBytes: 2 ** 30 })
    expect(memberSettings(adopted).quotaBackendBytes).toBe(Math.floor(0.4 * 2 ** 30))
    // A volume that isn't bound yet, or that goes, is none that a member runs on.
    const others = adopted
      .withVolume('demo-1', { capacityBytes: undefined })
      .withVolume('demo-2', { capacityBytes: 2 ** 30, deleting: true })
    expect(memberSettings(others).quotaBackendBytes).toBe(2 * 2 ** 30)
  })
})

describe('the ConfigMap', () => {
  test('asserts no data by itself', () => {
    expect(configMap(anEtcdCluster())).not.toHaveProperty('data')
  })

  test('goes with its EtcdCluster', () => {
    expect(configMap(anEtcdCluster(), { 'demo-0.yaml': 'name: demo-0' })).toMatchObject({
      kind: 'ConfigMap',
      metadata: { name: 'demo-members', namespace: 'ns', ownerReferences: [{ uid: 'uid-demo' }] },
      data: { 'demo-0.yaml': 'name: demo-0' },
    })
  })
})
