import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Etcd } from '../../src/adapters/etcd/calls.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import { readSnapshot } from '../../src/agent/snapshot/read-snapshot.ts'
import { readManifest } from '../../src/agent/volume/manifest.ts'
import { type BackupTask, revisionBump, sourceCopy } from '../../src/model/agent/task.ts'
import { etcdBinary } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { run } from '../cluster/command.ts'
import { timedProgress } from '../cluster/progress.ts'
import { type EtcdVersion, etcdVersions } from '../cluster/versions.ts'
import { runAgent, startAgent } from './agent-process.ts'
import { aToken, type EtcdProcesses, eventually, type MemberProcess, startEtcdProcesses } from './etcd-processes.ts'
import { openGateway } from './json-gateway.ts'
import { startSmallVolume } from './small-volume.ts'
import { startTcpProxy } from './tcp-proxy.ts'

const isLong = process.env.TEST_LONG !== undefined
const versions: readonly EtcdVersion[] = isLong ? etcdVersions : ['3.5.35', '3.6.16', '3.7.3']
const MiB = 1024 * 1024

/** What a cluster of some size and its volume look like to the agent. */
interface Setting {
  readonly processes: EtcdProcesses
  readonly members: readonly MemberProcess[]
  readonly etcd: Etcd
  readonly clusterId: string
}

async function start(version: EtcdVersion, size: number, values: number): Promise<Setting> {
  const processes = await startEtcdProcesses(version)
  const members = await processes.bootstrap(size)
  const etcd = connectEtcd()
  const { clusterId } = await eventually('it serves', () => etcd.memberList(members[0]?.endpoint ?? { url: '' }))
  const gateway = openGateway(members[0]?.endpoint.url ?? '')
  for (let index = 0; index < values; index += 1) await gateway.put(`key-${index}`, 'x'.repeat(MiB))
  return { processes, members, etcd, clusterId }
}

async function stop({ processes, etcd }: Setting): Promise<void> {
  etcd.close()
  await processes.cleanUp()
}

function aTask({ members, clusterId }: Setting, change: Partial<BackupTask> = {}): BackupTask {
  return {
    do: 'backup',
    backup: { namespace: 'default', name: 'b1', uid: 'uid-b1', startTime: '2026-11-21T10:00:00Z' },
    cluster: { name: 'demo', uid: 'uid-demo', spec: { size: members.length } },
    clusterId,
    endpoints: members.map(({ name, endpoint }) => ({ member: name, url: endpoint.url })),
    location: 'demo/b1.db',
    ...change,
  }
}

const volumes = mkdtempSync(join(tmpdir(), 'backups-'))
afterAll(() => rmSync(volumes, { recursive: true, force: true }))
let volume: string
beforeEach(() => {
  volume = mkdtempSync(join(volumes, 'volume-'))
})

const stored = () => readdirSync(join(volume, 'demo')).toSorted()

/** One whole file with its manifest, and nothing else. */
function expectOneBackup(): void {
  expect(stored()).toEqual(['b1.db', 'b1.db.json'])
  expect(readManifest(join(volume, 'demo/b1.db.json'))?.snapshot).toEqual(readSnapshot(join(volume, 'demo/b1.db')))
}

describe('a backup of three members', () => {
  let cluster: Setting
  beforeAll(async () => {
    cluster = await start('3.6.16', 3, 6)
  })
  afterAll(() => stop(cluster))

  test('is sent by a follower, and holds all that was written before', async () => {
    const { members, etcd } = cluster
    const { leaderId } = await etcd.status(members[0]?.endpoint ?? { url: '' })
    const written = await openGateway(members[0]?.endpoint.url ?? '').put('last', 'value')

    const { result, exitCode } = await runAgent(aTask(cluster), { backups: volume })
    if (result?.result !== 'BackedUp') throw new Error(JSON.stringify(result))
    expect(exitCode).toBe(0)
    expect(Number(result.snapshot.revision)).toBeGreaterThanOrEqual(written)
    const sender = members.find(({ name }) => name === result.member)
    expect((await etcd.status(sender?.endpoint ?? { url: '' })).memberId).not.toBe(leaderId)
    expectOneBackup()
  })

  test('has the hash that its members have at its revision', async () => {
    const { members } = cluster
    const { result } = await runAgent(aTask(cluster), { backups: volume })
    if (result?.result !== 'BackedUp') throw new Error(JSON.stringify(result))

    await ensureBinaries(['etcd-3.6.16/etcdutl'], { progress: timedProgress() })
    const { revision } = result.snapshot
    const args = ['hashkv', join(volume, 'demo/b1.db'), `--rev=${revision}`, '--write-out=json']
    const { hash } = JSON.parse(await run(etcdBinary('3.6.16', 'etcdutl'), args))
    for (const { endpoint } of members) expect(await openGateway(endpoint.url).hashKv(revision)).toBe(hash)
  })

  test('is taken once under a name, and not again by another EtcdBackup', async () => {
    const first = await runAgent(aTask(cluster), { backups: volume })
    if (first.result?.result !== 'BackedUp') throw new Error(JSON.stringify(first))
    const other = await runAgent(aTask(cluster, { backup: { ...aTask(cluster).backup, uid: 'other' } }), { backups: volume })
    expect(other).toMatchObject({ exitCode: 3, result: { result: 'Failed', reason: 'FileExists' } })

    const again = await runAgent(aTask(cluster, { endpoints: [] }), { backups: volume })
    expect(again).toMatchObject({ exitCode: 0, result: { result: 'BackedUp', snapshot: first.result.snapshot } })
    expectOneBackup()
  })

  test('may be taken beside another into the same folder', async () => {
    const tasks = ['b1', 'b2'].map((name) =>
      aTask(cluster, { backup: { ...aTask(cluster).backup, name, uid: name }, location: `demo/${name}.db` }),
    )
    const runs = await Promise.all(tasks.map((task) => runAgent(task, { backups: volume })))
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0])
    expect(stored()).toEqual(['b1.db', 'b1.db.json', 'b2.db', 'b2.db.json'])
  })

  test('is refused by members of another cluster', async () => {
    const { result, exitCode } = await runAgent(aTask(cluster, { clusterId: 'abc' }), { backups: volume })
    expect(result).toMatchObject({ reason: 'ForeignCluster', message: expect.stringContaining(cluster.clusterId) })
    expect(exitCode).toBe(3)
    expect(stored()).toEqual([])
  })

  /** Bytes of the connection from the member; the snapshot has about 6 MiB. */
  const positions = [600, 4 * 4096 + 32, 2 * MiB + 544, 6 * MiB, ...(isLong ? someMore(40) : [])]

  test.each(positions)('that is cut after %i bytes is tried again, and leaves nothing', async (bytes) => {
    await withProxy(cluster, bytes, 'cut', async (task) => {
      const { result, exitCode } = await runAgent(task, { backups: volume })
      expect(result).toMatchObject({ result: 'Failed', reason: expect.stringMatching(/^(SnapshotInterrupted|NoHealthyMember)$/) })
      expect(exitCode).toBe(75)
      expect(stored()).toEqual([])
    })
  })

  test.each(positions)('that is killed after %i bytes is completed by the next try', async (bytes) => {
    await withProxy(cluster, bytes, 'hang', async (task, reached) => {
      const agent = startAgent(task, { backups: volume })
      await reached
      agent.signal('SIGKILL')
      expect(await agent.ended()).toMatchObject({ signal: 'SIGKILL', result: undefined })
      expect(stored().filter((name) => name !== 'b1.db.part')).toEqual([])
    })
    expect(await runAgent(aTask(cluster), { backups: volume })).toMatchObject({ exitCode: 0, result: { result: 'BackedUp' } })
    expectOneBackup()
  })

  test.each(['streaming', 'received', 'read back', 'stored'])(
    'that is killed when it says "%s" is completed by the next try',
    async (message) => {
      const agent = startAgent(aTask(cluster), { backups: volume })
      await agent.said(message)
      agent.signal('SIGKILL')
      await agent.ended()
      if (stored().includes('b1.db')) expect(readSnapshot(join(volume, 'demo/b1.db'))).toBeDefined()
      expect(await runAgent(aTask(cluster), { backups: volume })).toMatchObject({ exitCode: 0, result: { result: 'BackedUp' } })
      expectOneBackup()
    },
  )

  test('ends at once when it is asked to, and leaves nothing behind', async () => {
    await withProxy(cluster, MiB, 'hang', async (task, reached) => {
      const agent = startAgent(task, { backups: volume })
      await reached
      const asked = performance.now()
      agent.signal('SIGTERM')
      expect(await agent.ended()).toMatchObject({ exitCode: 75, result: { reason: 'SnapshotInterrupted' } })
      expect(performance.now() - asked).toBeLessThan(1000)
      expect(stored()).toEqual([])
    })
  })
})

describe('while members fail', () => {
  let cluster: Setting
  beforeEach(async () => {
    cluster = await start('3.6.16', 3, 3)
  })
  afterEach(() => stop(cluster))

  test('a backup comes from those that are left, and not without a majority', async () => {
    const [first, second, third] = cluster.members
    await first?.kill()
    await eventually('there is a leader', async () => (await cluster.etcd.memberList(second?.endpoint ?? { url: '' })) && true)
    const { result } = await runAgent(aTask(cluster), { backups: volume })
    expect(result).toMatchObject({ result: 'BackedUp', member: expect.stringMatching(/^m[12]$/) })

    await second?.kill()
    const { result: refused, exitCode } = await runAgent(aTask(cluster, { location: 'demo/b2.db' }), { backups: volume })
    expect(refused).toMatchObject({ reason: 'NoHealthyMember', message: expect.stringContaining(third?.name ?? '') })
    expect(exitCode).toBe(75)
    expectOneBackup()
  })

  test('a backup whose member dies while it sends is tried again, and comes from another', async () => {
    const [sender] = cluster.members
    const proxy = await startTcpProxy(sender?.endpoint.url ?? '', MiB, 'hang')
    try {
      const agent = startAgent(aTask(cluster, { endpoints: [{ member: 'm0', url: proxy.url }] }), { backups: volume })
      await proxy.reached
      await sender?.kill()
      proxy.cut()
      expect(await agent.ended()).toMatchObject({ exitCode: 75, result: { reason: 'SnapshotInterrupted' } })
      expect(stored()).toEqual([])
    } finally {
      await proxy.close()
    }
    await eventually('a backup is taken', async () =>
      (await runAgent(aTask(cluster), { backups: volume })).exitCode === 0 ? true : undefined,
    )
    expectOneBackup()
  })
})

describe('on a volume', () => {
  let cluster: Setting
  beforeAll(async () => {
    cluster = await start('3.6.16', 1, 20)
  })
  afterAll(() => stop(cluster))

  test('that is full, or read-only, a backup fails for good and leaves what was there', async () => {
    const small = await startSmallVolume(64)
    try {
      writeFileSync(join(small.path, 'earlier'), Buffer.alloc(45 * MiB))
      const full = await runAgent(aTask(cluster), { backups: small.path })
      expect(full).toMatchObject({ exitCode: 3, result: { reason: 'VolumeFull', message: expect.stringContaining('ENOSPC') } })
      expect(readdirSync(join(small.path, 'demo'))).toEqual([])
      expect(readFileSync(join(small.path, 'earlier')).length).toBe(45 * MiB)

      await small.makeReadOnly()
      const readOnly = await runAgent(aTask(cluster), { backups: small.path })
      expect(readOnly).toMatchObject({ exitCode: 3, result: { reason: 'VolumeReadOnly', message: expect.stringContaining('EROFS') } })
    } finally {
      await small.remove()
    }
  })
})

describe.each(versions)('a backup of etcd %s', { concurrent: true }, (version) => {
  test('is restored with the same version, and opened by it', async () => {
    const volume = mkdtempSync(join(volumes, 'volume-'))
    await ensureBinaries([`etcd-${version}/etcdutl`], { progress: timedProgress() })
    const cluster = await start(version, 1, 3)
    try {
      const [member] = cluster.members
      if (member === undefined) throw new Error('no member')
      const gateway = openGateway(member.endpoint.url)
      await gateway.deleteRange('key-1')
      await gateway.put('key-0', 'changed')
      const { result } = await runAgent(aTask(cluster), { backups: volume })
      if (result?.result !== 'BackedUp') throw new Error(JSON.stringify(result))
      await member.kill()
      member.loseVolume()
      const data = join(member.dataDir, '..')

      const { size, bodySha256, totalKeys, liveKeys, revision } = result.snapshot
      const target = 'data'
      const restore = async () => {
        const source = mkdtempSync(join(volumes, 'source-'))
        const task = { do: 'prepare', location: 'demo/b1.db', size, bodySha256, target } as const
        const prepared = await runAgent(task, { backups: volume, data, source })
        expect(prepared).toMatchObject({ exitCode: 0, result: { result: 'Prepared' } })
        await etcdutlRestore(version, join(source, sourceCopy), member, join(data, 'data.restoring'))
        const counts = { totalKeys, liveKeys, revision, bump: String(revisionBump) }
        const published = await runAgent({ do: 'publish', target, ...counts }, { data })
        expect(published).toMatchObject({ exitCode: 0, result: { result: 'Published' } })
      }
      // A member that starts too early finds no data, and leaves an empty database in the very folder.
      member.start({ state: 'established' })
      expect(await member.ended()).toBe(1)
      expect(readdirSync(join(data, target, 'member'))).toEqual(['snap'])

      await restore()
      member.start({ state: 'established' })
      expect(await eventually('it serves', () => gateway.countKeys())).toBe(2)
      expect((await cluster.etcd.memberList(member.endpoint)).clusterId).not.toBe(cluster.clusterId)
      expect(await gateway.put('new', 'x')).toBe(Number(revision) + revisionBump + 1)

      // Once more, as after a kill between publishing and reporting: what the member has written since stays.
      await member.kill()
      await restore()
      member.start({ state: 'established' })
      expect(await eventually('it serves', () => gateway.countKeys())).toBe(3)
    } finally {
      await stop(cluster)
    }
  })
})

async function etcdutlRestore(version: EtcdVersion, file: string, { name, peerUrl }: MemberProcess, dataDir: string): Promise<void> {
  const cluster = [`--name=${name}`, `--initial-cluster=${name}=${peerUrl}`, `--initial-advertise-peer-urls=${peerUrl}`]
  const bump = [`--bump-revision=${revisionBump}`, '--mark-compacted', `--initial-cluster-token=${aToken}-restored`]
  await run(etcdBinary(version, 'etcdutl'), ['snapshot', 'restore', file, `--data-dir=${dataDir}`, ...cluster, ...bump])
}

/** The task with a single endpoint, the cluster's first member behind a proxy. */
async function withProxy(
  cluster: Setting,
  bytes: number,
  atLimit: 'cut' | 'hang',
  use: (task: BackupTask, reached: Promise<void>) => Promise<void>,
): Promise<void> {
  const proxy = await startTcpProxy(cluster.members[0]?.endpoint.url ?? '', bytes, atLimit)
  try {
    await use(aTask(cluster, { endpoints: [{ member: 'm0', url: proxy.url }] }), proxy.reached)
  } finally {
    await proxy.close()
  }
}

function someMore(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => 1000 + Math.floor((index * 6 * MiB) / count / 512) * 512 + 32)
}
