import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isFailure } from '../../src/adapters/failure.ts'
import { ETCD_BACKUP, ETCD_BACKUP_SCHEDULE, ETCD_CLUSTER, ETCD_RESTORE, ETCD_USER } from '../../src/adapters/kube/kinds.ts'
import type { Draft, KubeObject, ResourceKind } from '../../src/adapters/kube/object.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { installKinds } from './install-kinds.ts'

/** What the schemas take and what they refuse, by a real API server: each row is created as a dry run. */

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
const { signal } = new AbortController()

beforeAll(async () => {
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'crds' })
  await installKinds(kube, kinds)
})
afterAll(async () => {
  await kube?.close()
  await server?.cleanUp()
})

const kinds: readonly ResourceKind<KubeObject>[] = [ETCD_CLUSTER, ETCD_BACKUP, ETCD_BACKUP_SCHEDULE, ETCD_RESTORE, ETCD_USER]

/** As a user's client sends it: the types say what comes back, with defaults. */
function create(kind: ResourceKind<KubeObject>, name: string, spec: object, options: { dryRun?: boolean; strict?: boolean } = {}) {
  const object: Draft<KubeObject> & { spec: object } = { metadata: { namespace: 'default', name }, spec }
  return kube.create(kind, object, signal, options)
}

/** `accepted`, or the words of the API server. */
async function answerTo(kind: ResourceKind<KubeObject>, spec: object, name = 'demo'): Promise<string> {
  try {
    await create(kind, name, spec, { dryRun: true })
    return 'accepted'
  } catch (error) {
    if (isFailure(error, 'rejected')) return error.message
    throw error
  }
}

type Row = readonly [title: string, spec: object, says: RegExp | 'accepted']

const goodCluster = { version: '3.6.16', storage: { size: '1Gi' } }
const withStorage = (storage: object) => ({ ...goodCluster, storage: { size: '1Gi', ...storage } })
const withBootstrap = (bootstrap: object) => ({ ...goodCluster, bootstrap })
const withEtcd = (etcd: object) => ({ ...goodCluster, etcd })
const withMaintenance = (maintenance: object) => ({ ...goodCluster, maintenance })
const withWindow = (window: object) => withMaintenance({ windows: [window] })
const withRepair = (repair: object) => ({ ...goodCluster, repair })
const withPod = (pod: object) => ({ ...goodCluster, pod })
const withTls = (tls: object, beside: object = {}) => ({ ...goodCluster, tls: { mode: 'Off', ...tls }, ...beside })
const withNetwork = (networkPolicy: object) => ({ ...goodCluster, networkPolicy })
const many = <T>(count: number, item: (index: number) => T) => Array.from({ length: count }, (_, index) => item(index))
const manyKeys = (count: number, prefix = 'k') => Object.fromEntries(many(count, (index) => [`${prefix}${index}`, 'v']))
const longKey = (length: number) => ({ ['k'.repeat(length)]: 'v' })

describe('an EtcdCluster', () => {
  const rows: readonly Row[] = [
    ['of the least that is needed', goodCluster, 'accepted'],

    ['that begins with a backup', withBootstrap({ restore: { backup: 'b1' } }), 'accepted'],
    ['that begins with a file', withBootstrap({ restore: { volume: { claimName: 'backups', path: 'demo/b1.db' } } }), 'accepted'],
    ['with an empty restore', withBootstrap({ restore: {} }), /spec\.bootstrap\.restore.*exactly one.*leave restore out/],
    ['with a mistyped restore', withBootstrap({ restore: { backups: 'b1' } }), /spec\.bootstrap\.restore.*exactly one/],
    [
      'with two restores',
      withBootstrap({ restore: { backup: 'b1', volume: { claimName: 'c', path: 'b.db' } } }),
      /spec\.bootstrap\.restore.*exactly one/,
    ],
    ['with a backup that is a path', withBootstrap({ restore: { backup: '..' } }), /spec\.bootstrap\.restore\.backup/],

    ['with volumes of 64Mi', withStorage({ size: '64Mi' }), 'accepted'],
    ['with a size without its unit', withStorage({ size: 10 }), /spec\.storage\.size must be a quantity of at least 64Mi, for example 8Gi/],
    ['with a size in another unit', withStorage({ size: '10m' }), /at least 64Mi/],
    ['with a size of less than 64Mi', withStorage({ size: '63Mi' }), /at least 64Mi/],
    ['with an endless size', withStorage({ size: '1'.repeat(100) }), /spec\.storage\.size.*may not be more than/],
    ['with a class that is a path', withStorage({ className: '..' }), /spec\.storage\.className/],

    ['with requests within limits', withPod({ resources: { requests: { cpu: '500m' }, limits: { cpu: 1, memory: '1Gi' } } }), 'accepted'],
    [
      'with requests above limits',
      withPod({ resources: { requests: { memory: '2Gi' }, limits: { memory: '1Gi' } } }),
      /requests.*must not be above.*limits/,
    ],
    ['with a negative request', withPod({ resources: { requests: { memory: '-1Gi' } } }), /requests must be quantities/],

    ['with members that are to be exchanged', withRepair({ replaceMembers: ['8e9e05c52164694d', 'a1'] }), 'accepted'],
    ['with an ID in capitals', withRepair({ replaceMembers: ['8E9E05C52164694D'] }), /spec\.repair\.replaceMembers\[0\].*should match/],
    [
      'with an ID in decimals',
      withRepair({ replaceMembers: [1027665774393297] }),
      /spec\.repair\.replaceMembers\[0\].*must be of type string/,
    ],
    ['with the name of a member', withRepair({ replaceMembers: ['demo-1'] }), /spec\.repair\.replaceMembers\[0\].*should match/],
    ['with an ID that no member has', withRepair({ replaceMembers: ['0'] }), /spec\.repair\.replaceMembers\[0\].*should match/],
    ['with an ID twice', withRepair({ replaceMembers: ['a1', 'a1'] }), /spec\.repair\.replaceMembers\[1\].*Duplicate value/],
    [
      'with more IDs than members',
      withRepair({ replaceMembers: many(8, (index) => `a${index}`) }),
      /spec\.repair\.replaceMembers.*at most 7 items/,
    ],

    ['with a flag that etcd has', withEtcd({ extraArgs: { 'max-txn-ops': '256' } }), 'accepted'],
    ['with a flag of etcd 3.5', { ...withEtcd({ extraArgs: { 'experimental-memory-mlock': 'true' } }), version: '3.5.35' }, 'accepted'],
    [
      'with a flag that no etcd has',
      withEtcd({ extraArgs: { 'no-such-flag': '1' } }),
      /spec\.etcd\.extraArgs names a flag that etcd 3\.5 to 3\.7 don't have/,
    ],

    ['that frees space by itself', withMaintenance({ noSpace: 'Remediate' }), 'accepted'],
    ['with another answer to a full database', withMaintenance({ noSpace: 'Ignore' }), /spec\.maintenance\.noSpace.*"Report", "Remediate"/],
    [
      'that is defragmented on Sundays',
      withMaintenance({ defragment: { schedule: '0 3 * * SUN', timeZone: 'Europe/Berlin' } }),
      'accepted',
    ],
    ['that is defragmented at no time', withMaintenance({ defragment: {} }), /spec\.maintenance\.defragment\.schedule: Required/],
    [
      'that is defragmented at an hour that no day has',
      withMaintenance({ defragment: { schedule: '0 24 * * *' } }),
      /second field of spec\.maintenance\.defragment\.schedule/,
    ],
    [
      'that is defragmented at half past a day',
      withMaintenance({ defragment: { schedule: '@daily' } }),
      /spec\.maintenance\.defragment\.schedule must have five cron fields/,
    ],
    [
      'that is defragmented from more than all on',
      withMaintenance({ defragment: { schedule: '0 3 * * *', freeSpaceAbove: { percent: 100 } } }),
      /freeSpaceAbove\.percent.*less than or equal to 99/,
    ],
    [
      'that is defragmented for nothing',
      withMaintenance({ defragment: { schedule: '0 3 * * *', freeSpaceAbove: { bytes: 100 } } }),
      /freeSpaceAbove\.bytes must be a quantity of at least 1Mi, for example 100Mi/,
    ],

    ['with a window', withWindow({ schedule: '0 2 * * SAT', duration: '4h' }), 'accepted'],
    [
      'with windows that overlap',
      withMaintenance({ windows: ['0 2 * * *', '0 3 * * *'].map((schedule) => ({ schedule, duration: '2h' })) }),
      'accepted',
    ],
    ['with a window that never closes', withWindow({ schedule: '0 * * * *', duration: '2h' }), 'accepted'],
    ['with a window without an end', withWindow({ schedule: '0 2 * * SAT' }), /windows\[0\]\.duration: Required/],
    ['with a window without a beginning', withWindow({ duration: '4h' }), /windows\[0\]\.schedule: Required/],
    [
      'with a window at an hour that no day has',
      withWindow({ schedule: '0 24 * * *', duration: '4h' }),
      /second field of spec\.maintenance\.windows\[\]\.schedule/,
    ],
    [
      'with a window of days',
      withWindow({ schedule: '0 2 * * *', duration: '1d' }),
      /windows\[\]\.duration must be a duration.*remove the windows/,
    ],
    [
      'with a window of no time',
      withWindow({ schedule: '0 2 * * *', duration: '0s' }),
      /windows\[\]\.duration must be a duration between 1m and 168h/,
    ],
    [
      'with a window of a month',
      withWindow({ schedule: '0 2 1 * *', duration: '720h' }),
      /windows\[\]\.duration must be a duration between 1m and 168h/,
    ],
    [
      'with more windows than anybody needs',
      withMaintenance({ windows: many(9, (hour) => ({ schedule: `0 ${hour} * * *`, duration: '1h' })) }),
      /windows.*at most 8 items/,
    ],

    ['that backs nothing up before an upgrade', { ...goodCluster, upgrade: { backupFirst: false } }, 'accepted'],
    ['that migrates member by member', withStorage({ migration: 'MemberByMember' }), 'accepted'],
    ['that migrates at once', withStorage({ migration: 'AllAtOnce' }), /spec\.storage\.migration.*"None", "MemberByMember"/],

    ['with an affinity as pods have it', withPod({ affinity: usualAffinity() }), 'accepted'],
    ['with a topology spread as pods have it', withPod({ topologySpreadConstraints: [usualSpread()] }), 'accepted'],
    [
      'with more affinity than anybody needs',
      withPod({
        affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: many(5000, () => ({ weight: 1, preference: {} })) } },
      }),
      /Too many/,
    ],
    ['with more labels than anybody needs', withPod({ labels: manyKeys(40) }), /Too many/],
    ["with a label of the StatefulSet's controller", withPod({ labels: { 'controller-revision-hash': 'a' } }), /controller writes them/],
    ["with a label of the pod's place", withPod({ labels: { 'apps.kubernetes.io/pod-index': '7' } }), /controller writes them/],
    ['with a label whose name is endless', withPod({ labels: longKey(400) }), /at most 317 characters/],
    ['with an annotation whose name is endless', withPod({ annotations: longKey(400) }), /at most 317 characters/],
    ['with a node selector whose name is endless', withPod({ nodeSelector: longKey(400) }), /at most 317 characters/],
    ['with a resource whose name is endless', withPod({ resources: { limits: { ['k'.repeat(400)]: 1 } } }), /at most 317 characters/],
    ['with an endless quantity', withPod({ resources: { limits: { cpu: '1'.repeat(100) } } }), /may not be more than/],

    ['with TLS', { ...goodCluster, tls: { mode: 'Required' } }, 'accepted'],
    ['with the passage to TLS', { ...goodCluster, tls: { mode: 'Optional' } }, 'accepted'],
    ['with half of TLS', { ...goodCluster, tls: { mode: 'Half' } }, /tls\.mode.*"Required", "Optional", "Off"/],
    ['without TLS', { ...goodCluster, tls: { mode: 'Off' } }, 'accepted'],
    ['with Off as YAML takes it', { ...goodCluster, tls: { mode: false } }, /spec\.tls\.mode.*must be of type string/],
    ['with users', { ...goodCluster, auth: { enabled: true } }, 'accepted'],
    [
      'with users in plain text',
      { ...goodCluster, tls: { mode: 'Off' }, auth: { enabled: true } },
      /auth\.enabled needs spec\.tls\.mode Required/,
    ],
    [
      'with users and no client certificates',
      withTls({ clientCertificates: 'None' }, { auth: { enabled: true } }),
      /clientCertificates Required/,
    ],
    ['with an issuer of cert-manager', withTls({ issuer: { name: 'ca', kind: 'ClusterIssuer' } }), 'accepted'],
    ['with an issuer without its name', withTls({ issuer: { kind: 'ClusterIssuer' } }), /spec\.tls\.issuer needs a name/],
    ['with Secrets of its own', withTls({ secrets: { server: 's', peer: 'p', clientCA: 'c' } }), 'accepted'],
    ['with Secrets and an issuer', withTls({ issuer: { name: 'ca' }, secrets: { peer: 'p' } }), /at most one of issuer and secrets/],
    ['with a Secret that is a path', withTls({ secrets: { peer: '../p' } }), /spec\.tls\.secrets\.peer/],
    ['with further names', withTls({ extraNames: ['etcd.example.com', '*.example.com', '10.0.0.1', 'fd00::1'] }), 'accepted'],
    ['with a name that is a URL', withTls({ extraNames: ['https://etcd.example.com'] }), /no schemes and no ports/],
    ['with a name that is a line', withTls({ extraNames: ['a\nb'] }), /no schemes and no ports/],
    ['with certificates of an hour', withTls({ duration: { leaf: '1h' } }), 'accepted'],
    ['with certificates of a minute', withTls({ duration: { leaf: '1m' } }), /duration\.leaf must be a duration between 10m and/],
    [
      'with certificates that outlive their CA',
      withTls({ duration: { leaf: '2160h', ca: '2160h' } }),
      /duration\.ca must be at least three times/,
    ],
    ['with a network', withNetwork({ clients: [{ namespaceSelector: {} }], metrics: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }), 'accepted'],
    ['with a peer that is nobody', withNetwork({ clients: [{}] }), /needs a podSelector, a namespaceSelector or an ipBlock/],
    [
      'with a peer that is two',
      withNetwork({ clients: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] }),
      /an ipBlock stands alone/,
    ],
    ['with a range of no addresses', withNetwork({ metrics: [{ ipBlock: { cidr: '10.0.0.0' } }] }), /cidr must be a range of addresses/],
    ['of a version that YAML takes for a number', { ...goodCluster, version: 3.6 }, /spec\.version.*must be of type string/],
    ['of a version before /livez', { ...goodCluster, version: '3.5.10' }, /spec\.version must lie between 3\.5\.11/],
    ['of a version after 3.7', { ...goodCluster, version: '3.8.0' }, /spec\.version must lie between 3\.5\.11/],
  ]

  test.each(rows)('%s', async (_, spec, says) => {
    expect(await answerTo(ETCD_CLUSTER, spec)).toMatch(says === 'accepted' ? /^accepted$/ : says)
  })

  test('has every default of what rolls and upgrades read', async () => {
    const made = await create(ETCD_CLUSTER, 'defaults', withWindow({ schedule: '0 2 * * SAT', duration: '4h' }), { dryRun: true })
    expect(made).toHaveProperty('spec.upgrade', { backupFirst: true })
    expect(made).toHaveProperty('spec.storage.migration', 'None')
    expect(made).toHaveProperty('spec.maintenance.windows', [{ schedule: '0 2 * * SAT', duration: '4h', timeZone: 'Etc/UTC' }])
  })

  test('has every default of who may get in', async () => {
    const made = await create(ETCD_CLUSTER, 'defaults', goodCluster, { dryRun: true })
    expect(made).toHaveProperty('spec.tls', {
      issuer: {},
      secrets: {},
      clientCertificates: 'Required',
      extraNames: [],
      duration: { leaf: '2160h', ca: '43800h' },
    })
    expect(made).toHaveProperty('spec.auth', { enabled: false })
    expect(made).toHaveProperty('spec.networkPolicy', { enabled: true, clients: [], metrics: [] })
  })

  const changes: readonly [title: string, from: object, to: object, says: RegExp | 'accepted'][] = [
    ['a larger volume', { size: '1Gi' }, { size: '2Gi' }, 'accepted'],
    ['the same size in other words', { size: '1Gi' }, { size: '1024Mi' }, 'accepted'],
    [
      'a smaller volume',
      { size: '2Gi' },
      { size: '1Gi' },
      /spec\.storage\.size can only grow.*set spec\.storage\.migration to MemberByMember/,
    ],
    ['a smaller volume by migration', { size: '2Gi' }, { size: '1Gi', migration: 'MemberByMember' }, 'accepted'],
    [
      'another class',
      { className: 'a' },
      { className: 'b' },
      /spec\.storage\.className cannot change.*set spec\.storage\.migration to MemberByMember/,
    ],
    ['a class instead of the default one', {}, { className: 'b' }, /spec\.storage\.className cannot change/],
    ['another class by migration', { className: 'a' }, { className: 'b', migration: 'MemberByMember' }, 'accepted'],
    ['the end of a migration', { className: 'b', migration: 'MemberByMember' }, { className: 'b', migration: 'None' }, 'accepted'],
    [
      'the end of a migration, and the class of before',
      { className: 'b', migration: 'MemberByMember' },
      { className: 'a' },
      /className cannot change/,
    ],
  ]

  test.each(changes)('that changes to %s', async (title, from, to, says) => {
    const at = { namespace: 'default', name: `c${changes.findIndex(([other]) => other === title)}` }
    await create(ETCD_CLUSTER, at.name, withStorage(from))
    // Null: back to the default.
    const changed = kube.patch(ETCD_CLUSTER, at, { spec: { storage: { migration: null, ...to } } }, signal)
    const answer = await changed.then(
      () => 'accepted',
      (error: Error) => error.message,
    )
    expect(answer).toMatch(says === 'accepted' ? /^accepted$/ : says)
  })

  test('loses what is no field of an affinity, as a pod does', async () => {
    const made = await create(ETCD_CLUSTER, 'pruned', withPod({ affinity: { nodeAffinity: { a: [{}, {}] } } }), { dryRun: true })
    expect(made).toHaveProperty('spec.pod.affinity', { nodeAffinity: {} })
  })
})

const goodBackup = { cluster: 'demo', storage: { volume: { claimName: 'backups' } } }
const badNames: readonly string[] = ['..', 'a/b', 'De', '1demo', 'de.mo', '-demo', 'demo-', 'de mo', 'demo\n', 'a'.repeat(41)]

describe.each([
  ['an EtcdBackup', ETCD_BACKUP, goodBackup],
  ['an EtcdBackupSchedule', ETCD_BACKUP_SCHEDULE, { ...goodBackup, schedule: '0 3 * * *' }],
  ['an EtcdRestore', ETCD_RESTORE, { source: { backup: 'b1' }, cluster: 'demo' }],
  ['an EtcdUser', ETCD_USER, { cluster: 'demo' }],
] as const)('%s', (_, kind, good) => {
  test('of the least that is needed', async () => {
    expect(await answerTo(kind, good)).toBe('accepted')
  })

  test.each(badNames)('of the cluster %j, which no EtcdCluster can be called', async (cluster) => {
    expect(await answerTo(kind, { ...good, cluster })).toMatch(/spec\.cluster/)
  })
})

describe('an EtcdUser', () => {
  const withPermission = (permission: object) => ({ cluster: 'demo', permissions: [{ access: 'Read', ...permission }] })
  const rows: readonly Row[] = [
    ['with a prefix', withPermission({ prefix: 'billing/' }), 'accepted'],
    ['with every key', withPermission({ prefix: '' }), 'accepted'],
    ['with a range', withPermission({ range: { from: 'a', to: 'b' } }), 'accepted'],
    ['with a range that is empty', withPermission({ range: { from: 'b', to: 'a' } }), /range\.from must come before range\.to/],
    ['with a permission on nothing', withPermission({}), /exactly one of key, prefix and range/],
    ['with a permission on two things', withPermission({ key: 'a', prefix: 'b' }), /exactly one of key, prefix and range/],
    ['with a permission for nothing', { cluster: 'demo', permissions: [{ key: 'a' }] }, /permissions\[0\]\.access: Required/],
    ['that may do everything', { cluster: 'demo', admin: true }, 'accepted'],
    ['that may do everything and more', { ...withPermission({ key: 'a' }), admin: true }, /leave spec\.permissions out/],
    ['of another name', { cluster: 'demo', user: 'a.b_c@d:e-f' }, 'accepted'],
    ['of a name that no certificate holds', { cluster: 'demo', user: 'a'.repeat(65) }, /spec\.user/],
    ['of a name that is a path', { cluster: 'demo', user: '../a' }, /spec\.user must begin with a letter or a digit/],
    ['that is root', { cluster: 'demo', user: 'root' }, /spec\.user must not be root/],
    ['with a password of the operator', { cluster: 'demo', password: { generate: true } }, 'accepted'],
    ['with a password alone', { cluster: 'demo', certificate: false, password: { secretName: 'pw', key: 'k' } }, 'accepted'],
    ['with two passwords', { cluster: 'demo', password: { generate: true, secretName: 'pw' } }, /one of generate and secretName/],
    ['with a key of no Secret', { cluster: 'demo', password: { key: 'k' } }, /spec\.password\.key belongs to spec\.password\.secretName/],
    ['that nobody could be', { cluster: 'demo', certificate: false }, /nobody could be this user/],
    [
      'that nobody could be, by a password that is not made',
      { cluster: 'demo', password: { generate: false } },
      /generate can only be true/,
    ],
  ]
  test.each(rows)('%s', async (_, spec, says) => {
    expect(await answerTo(ETCD_USER, spec)).toMatch(says === 'accepted' ? /^accepted$/ : says)
  })

  test('named root needs another name in etcd', async () => {
    expect(await answerTo(ETCD_USER, { cluster: 'demo' }, 'root')).toMatch(/metadata\.name must not be root/)
    expect(await answerTo(ETCD_USER, { cluster: 'demo', user: 'app' }, 'root')).toBe('accepted')
  })

  test('has its defaults', async () => {
    const made = await create(ETCD_USER, 'defaults', { cluster: 'demo' }, { dryRun: true })
    expect(made).toHaveProperty('spec', { cluster: 'demo', user: '', permissions: [], admin: false, certificate: true, password: {} })
  })

  test('keeps its cluster and its name', async () => {
    await create(ETCD_USER, 'kept', { cluster: 'demo' })
    const change = (spec: object) => kube.patch(ETCD_USER, { namespace: 'default', name: 'kept' }, { spec }, signal)
    await expect(change({ cluster: 'other' })).rejects.toThrow(/cannot change/)
    await expect(change({ user: 'other' })).rejects.toThrow(/cannot change/)
    await expect(change({ admin: true })).resolves.toBeDefined()
  })
})

describe('an EtcdBackup', () => {
  test('is not stored on the volume of a member of its cluster', async () => {
    const onto = (claimName: string) => answerTo(ETCD_BACKUP, { cluster: 'demo', storage: { volume: { claimName } } })
    expect(await onto('data-demo-0')).toMatch(/data-<cluster>-<n> are the members' own volumes/)
    expect(await onto('data-demo2-0')).toBe('accepted')
    expect(await onto('data-demo-backups')).toBe('accepted')
  })
})

describe('a schedule', () => {
  test.each([
    '* * * * *',
    '*/15 * * * *',
    '0,30 1-3 * * *',
    '0 3 * * MON-FRI',
    '0 4 1 jan,JUL *',
    '59 23 31 12 7',
    '0-30/10 */2 1-15/7 1-6 0',
    '00 03 * * *',
    '0\t3  *\t* *',
  ])('%j is accepted', async (schedule) => {
    expect(await answerTo(ETCD_BACKUP_SCHEDULE, { ...goodBackup, schedule })).toBe('accepted')
  })

  test.each([
    ['61 * * * *', /minute.*0 to 59.*for example "\*\/15 \* \* \* \*"/],
    ['60 * * * *', /minute/],
    ['* 24 * * *', /hour.*0 to 23/],
    ['* * 0 * *', /day of the month.*1 to 31/],
    ['* * 32 * *', /day of the month/],
    ['* * * 13 *', /month.*1 to 12/],
    ['* * * foo *', /month/],
    ['* * * * 8', /day of the week.*0 to 7/],
    ['* * * * ?', /day of the week/],
    ['* * L * *', /day of the month/],
    ['*/0 * * * *', /minute/],
    ['1, * * * *', /minute/],
    ['5/10 * * * *', /minute/],
    ['@daily', /five cron fields/],
    ['* * * *', /five cron fields/],
    ['* * * * * *', /five cron fields/],
    ['0 3 * * *\n', /five cron fields/],
    ['0 3 * *\n*', /five cron fields/],
    [' 0 3 * * *', /five cron fields/],
  ])('%j is refused with the field and an example', async (schedule, says) => {
    expect(await answerTo(ETCD_BACKUP_SCHEDULE, { ...goodBackup, schedule })).toMatch(says)
  })
})

describe('an EtcdRestore', () => {
  const withClusterSpec = (clusterSpec: object) => ({ source: { backup: 'b1' }, cluster: 'demo', clusterSpec })
  const rows: readonly Row[] = [
    ['with the spec of a cluster', withClusterSpec({ size: 3, ...goodCluster, pod: { affinity: usualAffinity() } }), 'accepted'],
    ['with an empty spec', withClusterSpec({}), /spec\.clusterSpec\.version: Required/],
    ['with a mistyped spec', withClusterSpec({ verzion: '3.6.16' }), /spec\.clusterSpec\.version: Required/],
    ['with a label whose name is endless', withClusterSpec({ ...goodCluster, pod: { labels: longKey(400) } }), /at most 317 characters/],
    [
      'with a mode of TLS that there is none of',
      withClusterSpec({ ...goodCluster, tls: { mode: 'Half' } }),
      /tls\.mode.*"Required", "Optional", "Off"/,
    ],
    [
      'with more tolerations than anybody needs',
      withClusterSpec({ ...goodCluster, pod: { tolerations: many(5000, () => ({})) } }),
      /Too many/,
    ],
    ['of no source', { source: {}, cluster: 'demo' }, /exactly one source/],
    ['of a backup that is a path', { source: { backup: '..' }, cluster: 'demo' }, /spec\.source\.backup/],
  ]

  test.each(rows)('%s', async (_, spec, says) => {
    expect(await answerTo(ETCD_RESTORE, spec)).toMatch(says === 'accepted' ? /^accepted$/ : says)
  })

  test('keeps its spec as it was written: nothing of the cluster is filled in or kept that is no field of it', async () => {
    const spec = withClusterSpec({ ...goodCluster, a: many(10, () => ({})) })
    const made = await create(ETCD_RESTORE, 'pruned', spec, { dryRun: true })
    expect(made).toHaveProperty('spec.clusterSpec', goodCluster)
  })

  test('with a mistyped field is refused where the client asks for it, as kubectl does', async () => {
    const mistyped = create(ETCD_RESTORE, 'mistyped', withClusterSpec({ ...goodCluster, sise: 1 }), { dryRun: true, strict: true })
    await expect(mistyped).rejects.toThrow('unknown field "spec.clusterSpec.sise"')
  })
})

type Example = Draft<KubeObject> & { readonly kind: string }

// All of examples/ are tried by examples.test.ts.
test('the examples that catalogues of operators show are accepted, one of each kind', async () => {
  const bundle = load(readFileSync('deploy/olm/manifests/etcd-operator.clusterserviceversion.yaml', 'utf8'))
  const chart = load(readFileSync('deploy/chart/Chart.yaml', 'utf8'))
  const inBundle = JSON.parse((bundle as Annotated).metadata.annotations['alm-examples'] ?? '') as readonly Example[]
  const ofChart = load((chart as Annotated['metadata']).annotations['artifacthub.io/crdsExamples'] ?? '') as readonly Example[]
  for (const examples of [inBundle, ofChart]) {
    expect(examples.map(({ kind }) => kind).toSorted()).toEqual(kinds.map(({ kind }) => kind).toSorted())
    for (const example of examples) await tryOut(example)
  }
})

interface Annotated {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> }
}

async function tryOut(object: Example): Promise<void> {
  const kind = kinds.find((one) => one.kind === object.kind)
  if (kind === undefined) throw new Error(`no kind ${object.kind}`)
  const metadata = { ...object.metadata, namespace: 'default' }
  await kube.create<KubeObject>(kind, { ...object, metadata }, signal, { dryRun: true, strict: true })
}

describe('an object that no operator has seen yet', () => {
  test.each([
    [ETCD_CLUSTER, goodCluster],
    [ETCD_BACKUP, goodBackup],
    [ETCD_BACKUP_SCHEDULE, { ...goodBackup, schedule: '0 3 * * *' }],
    [ETCD_RESTORE, { source: { backup: 'b1' }, cluster: 'demo' }],
  ] as const)('of kind $kind says that nobody has looked at it', async (kind, spec) => {
    const at = { namespace: 'default', name: 'unseen' }
    await create(kind, at.name, spec)
    expect(await kube.get<KubeObject>(kind, at, signal)).toMatchObject({ status: { observedGeneration: -1 } })
  })
})

function usualAffinity(): object {
  const selector = { matchLabels: { app: 'other' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['a', 'b'] }] }
  const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: selector, namespaces: ['team-a'], namespaceSelector: selector }
  const nodes = {
    matchExpressions: [
      { key: 'disk', operator: 'In', values: ['ssd'] },
      { key: 'cores', operator: 'Gt', values: ['8'] },
    ],
  }
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [nodes] },
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, preference: nodes }],
    },
    podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }] },
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...term, matchLabelKeys: ['pod-template-hash'] }] },
  }
}

function usualSpread(): object {
  return {
    maxSkew: 1,
    minDomains: 3,
    topologyKey: 'topology.kubernetes.io/zone',
    whenUnsatisfiable: 'DoNotSchedule',
    nodeAffinityPolicy: 'Honor',
    nodeTaintsPolicy: 'Honor',
    labelSelector: { matchLabels: { app: 'etcd' } },
    matchLabelKeys: ['app'],
  }
}
