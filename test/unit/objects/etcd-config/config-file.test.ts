import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { type MemberSettings, settingsId } from '../../../../src/model/cluster/member-settings.ts'
import { type InitialCluster, readMemberConfig, renderMemberConfig } from '../../../../src/objects/etcd-config/config-file.ts'
import { checkExtraArgs } from '../../../../src/objects/etcd-config/extra-args.ts'
import { SETTABLE_FLAGS } from '../../../../src/objects/etcd-config/flags.ts'
import { OWNED_FLAGS } from '../../../../src/objects/etcd-config/owned-flags.ts'

const member = {
  name: 'demo-1',
  peerUrl: 'http://demo-1.demo-peers.ns.svc:2380',
  clientUrl: 'http://demo-1.demo-peers.ns.svc:2379',
  dataDir: '/var/lib/etcd/4f2a',
}
const two = [
  { name: 'demo-0', peerUrl: 'http://demo-0.demo-peers.ns.svc:2380' },
  { name: 'demo-1', peerUrl: member.peerUrl },
]
const bootstrap: InitialCluster = { state: 'bootstrap', token: 'uid-1', members: two }
const joining: InitialCluster = { state: 'joining', token: 'uid-1', members: two }
const established: InitialCluster = { state: 'established' }

function settings(changes: Partial<MemberSettings> = {}): MemberSettings {
  return {
    version: '3.6.16',
    quotaBackendBytes: 400 * 1024 * 1024,
    autoCompaction: { mode: 'periodic', retention: '1h' },
    heartbeatIntervalMs: 100,
    electionTimeoutMs: 1000,
    snapshotCount: 10_000,
    extraArgs: {},
    ...changes,
  }
}

function rendered(initial: InitialCluster, changes: Partial<MemberSettings> = {}): Record<string, unknown> {
  return load(renderMemberConfig(member, initial, settings(changes))) as Record<string, unknown>
}

describe('a member config file', () => {
  test('founds, joins or stays locked', () => {
    const list = 'demo-0=http://demo-0.demo-peers.ns.svc:2380,demo-1=http://demo-1.demo-peers.ns.svc:2380'
    expect(rendered(bootstrap)).toMatchObject({ 'initial-cluster': list, 'initial-cluster-state': 'new', 'initial-cluster-token': 'uid-1' })
    expect(rendered(joining)).toMatchObject({
      'initial-cluster': list,
      'initial-cluster-state': 'existing',
      'initial-cluster-token': 'uid-1',
    })
    expect(rendered(established)).toMatchObject({
      'initial-cluster': 'established=http://127.0.0.1:1',
      'initial-cluster-state': 'existing',
    })
  })

  test('names the member as its peers and clients know it', () => {
    expect(rendered(established)).toMatchObject({
      name: 'demo-1',
      'data-dir': '/var/lib/etcd/4f2a',
      'initial-advertise-peer-urls': member.peerUrl,
      'advertise-client-urls': member.clientUrl,
    })
  })

  test('takes plain text alone where there is no TLS, and says nothing of certificates', () => {
    const plain = rendered(established)
    expect(plain).toMatchObject({ 'listen-peer-urls': 'http://0.0.0.0:2380', 'listen-client-urls': 'http://0.0.0.0:2379' })
    expect(Object.keys(plain).filter((key) => /transport-security/.test(key))).toEqual([])
  })

  test.each([
    ['Optional', 'http://0.0.0.0:2380', 'http://0.0.0.0:2379,https://0.0.0.0:2379'],
    ['Required', 'https://0.0.0.0:2380', 'https://0.0.0.0:2379'],
  ] as const)('with TLS %s listens to peers on %s and to clients on %s, with certificates for both', (profile, peers, clients) => {
    const file = rendered(established, { tls: { profile, clientCertificates: 'Required' } })
    expect(file).toMatchObject({
      'listen-peer-urls': peers,
      'listen-client-urls': clients,
      'listen-metrics-urls': 'http://0.0.0.0:2381',
      'client-transport-security': {
        'cert-file': '/etc/etcd-tls/server/tls.crt',
        'key-file': '/etc/etcd-tls/server/tls.key',
        'client-cert-file': '/etc/etcd-tls/client/tls.crt',
        'client-key-file': '/etc/etcd-tls/client/tls.key',
        'trusted-ca-file': '/etc/etcd-tls/server/ca.crt',
        'client-cert-auth': true,
      },
      'peer-transport-security': {
        'cert-file': '/etc/etcd-tls/peer/tls.crt',
        'key-file': '/etc/etcd-tls/peer/tls.key',
        'client-cert-file': '/etc/etcd-tls/peer/dial.crt',
        'client-key-file': '/etc/etcd-tls/peer/dial.key',
        'trusted-ca-file': '/etc/etcd-tls/peer/ca.crt',
        'client-cert-auth': true,
      },
    })
  })

  // etcd demands certificates wherever it has a CA for them.
  test('has no CA for clients where they show no certificates, and goes on asking peers', () => {
    const file = rendered(established, { tls: { profile: 'Required', clientCertificates: 'None' } })
    expect(Object.keys(file['client-transport-security'] as object)).toEqual([
      'cert-file',
      'key-file',
      'client-cert-file',
      'client-key-file',
    ])
    expect(file['peer-transport-security']).toMatchObject({ 'client-cert-auth': true })
  })

  test('names its profile in the name of its settings, and restarts nobody who has none', () => {
    const id = (tls?: MemberSettings['tls']) => settingsId(settings(tls === undefined ? {} : { tls }))
    expect(id()).toMatch(/^\w+\.100-1000$/)
    expect(id({ profile: 'Optional', clientCertificates: 'Required' })).toMatch(/\.100-1000\.Optional$/)
    const required = id({ profile: 'Required', clientCertificates: 'Required' })
    expect(required).toMatch(/\.100-1000\.Required$/)
    expect(id({ profile: 'Required', clientCertificates: 'None' })).not.toBe(required)
  })

  test('has max-learners and feature gates since 3.6, experimental names before', () => {
    expect(rendered(bootstrap)).toMatchObject({
      'max-learners': 2,
      'feature-gates': 'CompactHashCheck=true,InitialCorruptCheck=true',
      'corrupt-check-time': 14_400_000_000_000,
    })
    const old = rendered(bootstrap, { version: '3.5.35' })
    expect(old).toMatchObject({ 'experimental-initial-corrupt-check': true, 'experimental-corrupt-check-time': 14_400_000_000_000 })
    expect(Object.keys(old).filter((key) => key in { 'max-learners': 1, 'feature-gates': 1, 'corrupt-check-time': 1 })).toEqual([])
  })

  test('renders extra arguments in the types of the file, and leaves out what is invalid', () => {
    const extraArgs = {
      'pre-vote': 'false',
      'max-wals': '7',
      'grpc-keepalive-interval': '1h0m30.5s',
      'corrupt-check-time': '0',
      'feature-gates': 'StopGRPCServiceOnDefrag=true',
      'log-level': 'on',
      'data-dir': '/tmp',
      nonsense: 'x',
    }
    const keys = rendered(bootstrap, { extraArgs })
    expect(keys).toMatchObject({
      'pre-vote': false,
      'max-wals': 7,
      'grpc-keepalive-interval': 3_630_500_000_000,
      'corrupt-check-time': 0,
      'feature-gates': 'CompactHashCheck=true,InitialCorruptCheck=true,StopGRPCServiceOnDefrag=true',
      'log-level': 'info',
      'data-dir': '/var/lib/etcd/4f2a',
    })
    expect(keys).not.toHaveProperty('nonsense')
  })

  test('leaves out what would end etcd only because of what is beside it', () => {
    const key = 'experimental-enable-lease-checkpoint-persist'
    expect(rendered(bootstrap, { version: '3.5.35', extraArgs: { [key]: 'true' } })).not.toHaveProperty(key)
    expect(rendered(bootstrap, { extraArgs: { 'feature-gates': 'LeaseCheckpointPersist=true' } })).toMatchObject({
      'feature-gates': 'CompactHashCheck=true,InitialCorruptCheck=true',
    })
  })

  test('writes the one key that is not called like its flag', () => {
    const keys = rendered(bootstrap, { version: '3.5.35', extraArgs: { 'experimental-snapshot-catchup-entries': '4000' } })
    expect(keys).toHaveProperty('experimental-snapshot-catch-up-entries', 4000)
  })

  test('quotes all text, since etcd reads YAML 1.1', () => {
    const text = renderMemberConfig({ ...member, name: 'on' }, established, settings())
    expect(text).toContain("name: 'on'")
  })
})

describe('reading it back', () => {
  test.each([bootstrap, joining])('gives the members and the token of $state', (initial) => {
    expect(readMemberConfig(renderMemberConfig(member, initial, settings()))).toEqual({
      state: initial.state,
      members: two,
      token: 'uid-1',
      dataDir: '/var/lib/etcd/4f2a',
      maxLearners: 2,
      quotaBytes: settings().quotaBackendBytes,
      settings: settingsId(settings()),
      profile: 'Off',
    })
  })

  test.each(['Optional', 'Required'] as const)('tells how a process that starts with it listens: %s', (profile) => {
    const text = renderMemberConfig(member, established, settings({ tls: { profile, clientCertificates: 'Required' } }))
    expect(readMemberConfig(text)).toMatchObject({ state: 'established', profile })
  })

  test('gives established without members, and no maxLearners from 3.5', () => {
    expect(readMemberConfig(renderMemberConfig(member, established, settings({ version: '3.5.35' })))).toEqual({
      state: 'established',
      members: [],
      dataDir: '/var/lib/etcd/4f2a',
      quotaBytes: settings().quotaBackendBytes,
      settings: settingsId(settings({ version: '3.5.35' })),
      profile: 'Off',
    })
  })

  test.each([
    '',
    'a: [',
    '- x',
    'name: demo-0',
    'initial-cluster: x\ninitial-cluster-state: new',
    'initial-cluster: a=b',
    'initial-cluster: [a]',
  ])('says so of %j', (text) => {
    expect(readMemberConfig(text)).toEqual({ state: 'unreadable', members: [] })
  })
})

describe('checking extra arguments', () => {
  test.each([
    ['3.6.16', { 'pre-vote': 'true', 'max-wals': '3', 'corrupt-check-time': '5m' }],
    ['3.7.3', { 'feature-gates': 'FastLeaseKeepAlive=false' }],
    ['3.5.35', { 'experimental-corrupt-check-time': '5m', 'experimental-enable-lease-checkpoint': 'true' }],
  ])('finds nothing wrong on %s with %j', (version, extraArgs) => {
    expect(checkExtraArgs(version, extraArgs)).toEqual([])
  })

  test.each([
    ['3.6.16', { '--pre-vote': 'true' }, 'without dashes'],
    ['3.6.16', { 'pre-vote': 'yes' }, 'true or false'],
    ['3.6.16', { 'max-wals': '-1' }, 'integer from 0'],
    ['3.6.16', { 'max-wals': '9999999999999999' }, 'integer'],
    ['3.6.16', { 'max-concurrent-streams': '4294967296' }, '4294967295'],
    ['3.6.16', { 'grpc-keepalive-timeout': '20' }, 'duration'],
    ['3.6.16', { 'grpc-keepalive-timeout': '-1s' }, 'duration'],
    ['3.6.16', { 'grpc-keepalive-timeout': '9999999h' }, 'duration'],
    ['3.6.16', { 'compact-hash-check-time': '0s' }, 'longer than 0'],
    ['3.6.16', { metrics: 'all' }, 'one of basic, extensive'],
    ['3.6.16', { cors: 'example.org' }, 'URLs'],
    ['3.6.16', { nonsense: 'x' }, 'no such flag'],
    ['3.6.16', { constructor: 'x' }, 'no such flag'],
    ['3.6.16', { 'quota-backend-bytes': '1' }, 'spec.etcd.quotaBackendBytes'],
    ['3.6.16', { 'experimental-corrupt-check-time': '1h' }, 'it is corrupt-check-time'],
    ['3.6.16', { 'experimental-stop-grpc-service-on-defrag': 'true' }, 'feature-gates: StopGRPCServiceOnDefrag'],
    ['3.5.35', { 'corrupt-check-time': '1h' }, 'it is experimental-corrupt-check-time'],
    ['3.6.16', { 'feature-gates': 'InitialCorruptCheck=false' }, 'always on'],
    ['3.6.16', { 'feature-gates': 'FastLeaseKeepAlive=true' }, 'no feature gate'],
    ['3.6.16', { 'feature-gates': 'LeaseCheckpoint' }, 'Name=true'],
    ['3.6.16', { 'feature-gates': 'LeaseCheckpointPersist=true' }, 'needs LeaseCheckpoint'],
    ['3.5.35', { 'experimental-enable-lease-checkpoint-persist': 'true' }, 'experimental-enable-lease-checkpoint must be true'],
    ['3.5.15', { 'experimental-compaction-sleep-interval': '10ms' }, 'only etcd 3.5.16 and later'],
    ['latest', { 'pre-vote': 'true' }, "can't be read"],
  ])('on %s refuses %j: %s', (version, extraArgs, why) => {
    const problems = checkExtraArgs(version, extraArgs as Record<string, string>)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(why)
    expect(problems[0]).toMatch(/^spec\.etcd\.extraArgs\.[\w-]+: /)
  })

  test('refuses every flag that the operator owns, on every version', () => {
    for (const version of ['3.5.35', '3.6.16', '3.7.3']) {
      for (const name of OWNED_FLAGS) expect(checkExtraArgs(version, { [name]: 'true' })).toHaveLength(1)
    }
  })

  test('has the same list as the CRD', () => {
    const crd = readFileSync(new URL('../../../../crds/etcdclusters.yaml', import.meta.url), 'utf8')
    const list = /name in \[([^\]]+)\]/.exec(crd)?.[1]
    expect(
      list
        ?.split(', ')
        .map((name) => name.replaceAll("'", ''))
        .sort(),
    ).toEqual(OWNED_FLAGS)
  })

  test('and the list of all flags that any supported etcd has', () => {
    const crd = readFileSync(new URL('../../../../crds/etcdclusters.yaml', import.meta.url), 'utf8')
    const list = /all\(name, name in \[([^\]]+)\]/.exec(crd)?.[1]
    expect(list?.split(', ').map((name) => name.replaceAll("'", ''))).toEqual([...OWNED_FLAGS, ...SETTABLE_FLAGS].sort())
  })
})
