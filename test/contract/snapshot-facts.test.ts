import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readDatabase } from '../../src/agent/snapshot/read-database.ts'
import { readSnapshot } from '../../src/agent/snapshot/read-snapshot.ts'
import { revisionBump, type SnapshotFacts } from '../../src/model/agent/task.ts'
import { minorKey } from '../../src/model/versions.ts'
import { etcdBinary } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { run } from '../cluster/command.ts'
import { timedProgress } from '../cluster/progress.ts'
import type { EtcdVersion } from '../cluster/versions.ts'
import { aToken, eventually, type MemberProcess, startEtcdProcesses } from './etcd-processes.ts'
import { type JsonGateway, openGateway } from './json-gateway.ts'
import { writeHistory } from './random-history.ts'

const versions: readonly EtcdVersion[] = ['3.5.35', '3.6.16', '3.7.3']
/** Up to 3.5 etcdutl counts entries of every kind; since 3.6 it counts keys, and that of files of 3.5 as well. */
const counter: EtcdVersion = '3.6.16'

describe.each(versions)('what a snapshot of etcd %s says', { concurrent: true }, (version) => {
  test.each([1, 2, 3])('is what etcdutl and a client say, after the history of seed %i', async (seed) => {
    await withEtcd(version, {}, async (etcd) => {
      for (const steps of [1, 60, 250]) {
        await writeHistory(etcd.gateway, seed * 1000 + steps, steps)
        await expectAgreement(etcd)
      }
      await etcd.gateway.defragment()
      await expectAgreement(etcd)
    })
  })

  test('is right for many keys, for large values and after they went', async () => {
    await withEtcd(version, {}, async (etcd) => {
      for (let batch = 0; batch < 160; batch++)
        await etcd.gateway.txn(
          Array.from({ length: 120 }, (_, index) => ({ put: `many/${index}/${batch % 100}`, value: `${batch}`.repeat(9) })),
        )
      for (const bytes of [5000, 70_000, 300_000, 1_200_000]) await etcd.gateway.put(`large/${bytes}`, 'x'.repeat(bytes))
      await etcd.gateway.put('k'.repeat(300_000), 'a long key')
      await expectAgreement(etcd)

      await etcd.gateway.compact(await etcd.gateway.deleteRange('large/', 'large0'))
      await expectAgreement(etcd)
      await etcd.gateway.compact(await etcd.gateway.deleteRange('many/1', 'many/2'))
      await etcd.gateway.defragment()
      await expectAgreement(etcd)
    })
  })

  test('is right while a compaction goes on', async () => {
    const slow = { [`${version.startsWith('3.5') ? 'experimental-' : ''}compaction-sleep-interval`]: '3s' }
    await withEtcd(version, slow, async (etcd) => {
      for (let batch = 0; batch < 40; batch++)
        await etcd.gateway.txn(Array.from({ length: 100 }, (_, index) => ({ put: `key-${index}`, value: `${batch}` })))
      await etcd.gateway.put('k'.repeat(300_000), 'a long key')
      await etcd.gateway.deleteRange('key-1', 'key-2')
      await etcd.gateway.compact(await etcd.gateway.put('last', ''), { physical: false })
      await expectAgreement(etcd)
      expect(etcd.member.log()).not.toContain('finished scheduled compaction')
    })
  })

  test('is found again in the database that etcdutl restores, and in snapshots of the new cluster', async () => {
    await withEtcd(version, {}, async (etcd) => {
      await writeHistory(etcd.gateway, 7, 150)
      const { path, facts } = await etcd.snapshot()
      await etcd.member.kill()
      etcd.member.loseVolume()
      await restore(version, path, etcd.member)
      expect(readDatabase(join(etcd.member.dataDir, 'member/snap/db'), revisionBump)).toEqual({
        revision: facts.revision,
        totalKeys: facts.totalKeys,
        liveKeys: facts.liveKeys,
      })

      etcd.member.start({ state: 'established' })
      expect(await eventually('it serves', () => etcd.gateway.countKeys())).toBe(facts.liveKeys)
      await writeHistory(etcd.gateway, 8, 100)
      await expectAgreement(etcd)
    })
  })
})

interface Etcd {
  readonly version: EtcdVersion
  readonly member: MemberProcess
  readonly gateway: JsonGateway
  snapshot(): Promise<{ readonly path: string; readonly facts: SnapshotFacts }>
}

async function withEtcd(version: EtcdVersion, extraArgs: Readonly<Record<string, string>>, use: (etcd: Etcd) => Promise<void>) {
  const tools = [`etcd-${version}/etcdctl`, `etcd-${version}/etcdutl`, `etcd-${counter}/etcdutl`] as const
  await ensureBinaries(tools, { progress: timedProgress() })
  const processes = await startEtcdProcesses(version)
  const folder = mkdtempSync(join(tmpdir(), 'snapshots-'))
  try {
    const [member] = await processes.bootstrap(1, { extraArgs })
    if (member === undefined) throw new Error('no member')
    const gateway = openGateway(member.endpoint.url)
    await eventually('it serves', () => gateway.countKeys())
    let taken = 0
    await use({
      version,
      member,
      gateway,
      async snapshot() {
        const path = join(folder, `${taken++}.db`)
        await run(etcdBinary(version, 'etcdctl'), ['--endpoints', member.endpoint.url, 'snapshot', 'save', path])
        return { path, facts: readSnapshot(path) }
      },
    })
  } finally {
    await processes.cleanUp()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function expectAgreement(etcd: Etcd): Promise<void> {
  const keys = await etcd.gateway.countKeys()
  const { path, facts } = await etcd.snapshot()
  const [own, counted] = await Promise.all([status(etcd.version, path), status(counter, path)])
  expect(facts).toMatchObject({
    revision: String(own.revision),
    totalKeys: counted.totalKey,
    liveKeys: keys,
    storageVersion: minorKey(own.version ?? '') ?? '3.5',
  })
}

interface Status {
  readonly revision: number
  readonly totalKey: number
  readonly version?: string
}

async function status(version: EtcdVersion, path: string): Promise<Status> {
  return JSON.parse(await run(etcdBinary(version, 'etcdutl'), ['snapshot', 'status', path, '-w', 'json']))
}

async function restore(version: EtcdVersion, path: string, { name, peerUrl, dataDir }: MemberProcess): Promise<void> {
  const cluster = ['--name', name, '--initial-cluster', `${name}=${peerUrl}`, '--initial-advertise-peer-urls', peerUrl]
  const bump = ['--bump-revision', String(revisionBump), '--mark-compacted', '--initial-cluster-token', aToken]
  await run(etcdBinary(version, 'etcdutl'), ['snapshot', 'restore', path, '--data-dir', dataDir, ...cluster, ...bump])
}
