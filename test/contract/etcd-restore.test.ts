import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Etcd3 } from 'etcd3'
import { afterAll, describe, expect, type TestContext, test } from 'vitest'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import { readDatabase } from '../../src/agent/snapshot/read-database.ts'
import { readSnapshot } from '../../src/agent/snapshot/read-snapshot.ts'
import { mount, sourceCopy } from '../../src/model/agent/task.ts'
import { restoredRevision } from '../../src/model/cluster/restored.ts'
import { restoreCommand } from '../../src/objects/jobs/restore-jobs.ts'
import { incarnation } from '../builders/a-cluster.ts'
import { aRestoredCluster, atData } from '../builders/a-restored-cluster.ts'
import { etcdBinary } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { run } from '../cluster/command.ts'
import { timedProgress } from '../cluster/progress.ts'
import { put, revisionKey, aSnapshot as snapshotOf } from '../unit/agent/snapshot/a-snapshot.ts'
import { eventually, type MemberProcess, startEtcdProcesses } from './etcd-processes.ts'

const bump = '1000000000'

/** What the operator's arguments, its guard and its count rest on. */
describe.each(['3.5.35', '3.6.16', '3.7.3'] as const)('a member that etcdutl %s has restored', (version) => {
  const etcd = connectEtcd()
  afterAll(() => etcd.close())

  /** A snapshot of 30 keys, of which one is deleted and one is changed; the newest revision is a deletion. */
  async function aSnapshot({ onTestFinished }: TestContext) {
    await ensureBinaries([`etcd-${version}/etcdctl`, `etcd-${version}/etcdutl`], { progress: timedProgress() })
    const folder = mkdtempSync(join(tmpdir(), 'etcd-restore-'))
    const processes = await startEtcdProcesses(version)
    onTestFinished(() => processes.cleanUp())
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const [source] = await processes.bootstrap(1)
    if (source === undefined) throw new Error('no member')
    const { clusterId } = await eventually('it serves', () => etcd.status(source.endpoint))
    const client = new Etcd3({ hosts: source.endpoint.url })
    for (let key = 1; key <= 30; key += 1) await client.put(`key${key}`).value('value')
    await client.put('key2').value('changed')
    const { header } = await client.delete().key('key3')
    client.close()
    await run(etcdBinary(version, 'etcdctl'), [`--endpoints=${source.endpoint.url}`, 'snapshot', 'save', join(folder, 'b1.db')])
    await source.kill()
    return { processes, folder, clusterId, revision: header.revision }
  }

  /** With the very arguments of the Job, but for where things lie here. */
  function restore(folder: string, member: MemberProcess): Promise<string> {
    const [, ...args] = restoreCommand(atData(aRestoredCluster()), { bump })
    const here = args.map((arg) =>
      arg
        .replace(`${mount.source}/${sourceCopy}`, `${folder}/b1.db`)
        .replace(`${mount.data}/${incarnation}.restoring`, member.dataDir)
        .replace('http://demo-0.demo-peers.ns.svc:2380', member.peerUrl),
    )
    return run(etcdBinary(version, 'etcdutl'), here)
  }

  test('starts with the guard, as another cluster, and has what was in the file', async (context) => {
    const { processes, folder, clusterId, revision } = await aSnapshot(context)
    const member = await processes.member('demo-0')
    await restore(folder, member)
    member.start({ state: 'established' })
    const list = await eventually('it serves', () => etcd.memberList(member.endpoint))
    expect(list.clusterId).not.toBe(clusterId)
    expect(list.members).toMatchObject([{ name: 'demo-0', peerUrls: [member.peerUrl], isLearner: false }])

    const at = restoredRevision({ lastEntry: revision, bump })
    expect(await etcd.count(member.endpoint, at)).toEqual({ state: 'counted', keys: 29 })
    expect(await etcd.count(member.endpoint, String(BigInt(at) - 1n))).toEqual({ state: 'compacted' })
    expect(await etcd.count(member.endpoint, revision), 'who remembers the lost time').toEqual({ state: 'compacted' })
    expect(await etcd.count(member.endpoint, String(BigInt(at) + 1n))).toEqual({ state: 'ahead' })

    const client = new Etcd3({ hosts: member.endpoint.url })
    context.onTestFinished(() => void client.close())
    await client.put('later').value('value')
    await client.delete().key('key1')
    expect(await etcd.count(member.endpoint, at), 'whatever comes later').toEqual({ state: 'counted', keys: 29 })
    await client.kv.compact({ revision: String(BigInt(at) + 1n), physical: true })
    expect(await etcd.count(member.endpoint, at)).toEqual({ state: 'compacted' })
  })

  test('has the keys of a file whose last deletion a compaction has removed', async (context) => {
    const { processes, folder } = await aSnapshot(context)
    const records = [put(2, 'a'), put(3, 'b'), put(4, 'c')]
    const notes = [['finishedCompactRev', revisionKey(9)] as const, ['scheduledCompactRev', revisionKey(9)] as const]
    writeFileSync(join(folder, 'b1.db'), snapshotOf({ records, notes }))
    const { lastEntry } = readSnapshot(join(folder, 'b1.db'))
    const member = await processes.member('demo-0')
    await restore(folder, member)
    expect(readDatabase(join(member.dataDir, 'member', 'snap', 'db'), Number(bump))).toMatchObject({ revision: '9', liveKeys: 3 })
    member.start({ state: 'established' })
    const count = () => etcd.count(member.endpoint, restoredRevision({ lastEntry, bump }))
    expect(await eventually('it serves', count)).toEqual({ state: 'counted', keys: 3 })
  })

  test('is not made from a damaged file', async (context) => {
    const { processes, folder } = await aSnapshot(context)
    const bytes = readFileSync(join(folder, 'b1.db'))
    bytes.writeUInt8(bytes.readUInt8(9000) ^ 1, 9000)
    writeFileSync(join(folder, 'b1.db'), bytes)
    await expect(restore(folder, await processes.member('demo-0'))).rejects.toThrow(/expected sha256/)
  })
})
