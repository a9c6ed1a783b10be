import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, type TestContext, test } from 'vitest'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import { verify } from '../../src/agent/tasks/verify.ts'
import { revisionBump } from '../../src/model/agent/task.ts'
import { etcdBinary } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { run } from '../cluster/command.ts'
import { timedProgress } from '../cluster/progress.ts'
import { type EtcdVersion, etcdVersions } from '../cluster/versions.ts'
import { runAgent } from './agent-process.ts'
import { aToken, eventually, type MemberProcess, someSettings, startEtcdProcesses } from './etcd-processes.ts'
import { openGateway } from './json-gateway.ts'

const isLong = process.env.TEST_LONG !== undefined
const versions: readonly EtcdVersion[] = isLong ? etcdVersions : ['3.5.35', '3.6.16', '3.7.3']

describe.each(versions)('etcd %s', { concurrent: true }, (version) => {
  async function start({ onTestFinished }: TestContext, quotaBackendBytes = someSettings(version).quotaBackendBytes) {
    await ensureBinaries([`etcd-${version}/etcdctl`, `etcd-${version}/etcdutl`], { progress: timedProgress() })
    const processes = await startEtcdProcesses(version)
    const folder = mkdtempSync(join(tmpdir(), 'locked-'))
    const etcd = connectEtcd()
    onTestFinished(async () => {
      etcd.close()
      await processes.cleanUp()
      rmSync(folder, { recursive: true, force: true })
    })
    const [member] = await processes.bootstrap(1, { quotaBackendBytes })
    if (member === undefined) throw new Error('no member')
    const { clusterId } = await eventually('it serves', () => etcd.memberList(member.endpoint))
    const etcdctl = (...args: readonly string[]) => run(etcdBinary(version, 'etcdctl'), ['--endpoints', member.endpoint.url, ...args])
    return { processes, folder, etcd, member, clusterId, etcdctl, gateway: openGateway(member.endpoint.url) }
  }

  test('with authentication refuses the operator and the agent in a way that both tell apart', async (context) => {
    const { folder, etcd, member, clusterId, etcdctl, gateway } = await start(context)
    await gateway.put('a', 'b')
    await etcdctl('user', 'add', 'root', '--new-user-password', 'secret')
    await etcdctl('user', 'grant-role', 'root', 'root')
    await etcdctl('auth', 'enable')

    await expect(etcd.memberList(member.endpoint)).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(etcd.status(member.endpoint)).rejects.toMatchObject({ kind: 'forbidden' })
    const task = {
      do: 'backup',
      backup: { namespace: 'ns', name: 'b1', uid: 'uid-b1', startTime: '2026-11-21T10:00:00Z' },
      cluster: { name: 'demo', uid: 'uid-demo', spec: {} },
      clusterId,
      endpoints: [{ member: 'm0', url: member.endpoint.url }],
      location: 'demo/b1.db',
    } as const
    expect(await runAgent(task, { backups: folder })).toMatchObject({
      exitCode: 3,
      result: { reason: 'AuthenticationEnabled', message: expect.stringContaining('user name is empty') },
    })

    await etcdctl('--user', 'root:secret', 'snapshot', 'save', join(folder, 'locked.db'))
    expect(() => verify({ do: 'verify', location: 'locked.db' }, folder)).toThrow(/authentication was on/)
    await etcdctl('--user', 'root:secret', 'auth', 'disable')
    await etcdctl('snapshot', 'save', join(folder, 'open.db'))
    expect(verify({ do: 'verify', location: 'open.db' }, folder)).toMatchObject({ result: 'Verified' })
  })

  test('brings its NOSPACE alarm along into a restored cluster, where it can be taken back', async (context) => {
    const { processes, folder, etcd, member, etcdctl, gateway } = await start(context, 4 * 1024 * 1024)
    await expect(
      (async () => {
        for (;;) await gateway.put('a', 'x'.repeat(1024 * 1024))
      })(),
    ).rejects.toThrow(/database space exceeded/)
    // The write that no longer fits when it is applied is refused first, and the alarm raised then.
    await eventually('the alarm', async () => ((await etcd.status(member.endpoint)).alarms.length > 0 ? true : undefined))
    await etcdctl('snapshot', 'save', join(folder, 'full.db'))
    expect(verify({ do: 'verify', location: 'full.db' }, folder)).toMatchObject({ result: 'Verified' })
    await member.kill()

    const restored = await processes.member('demo-0')
    await restore(version, join(folder, 'full.db'), restored)
    restored.start({ state: 'established' })
    const { alarms } = await eventually('it serves', () => etcd.status(restored.endpoint))
    expect(alarms).toMatchObject([{ alarm: 'NOSPACE' }])
    const after = openGateway(restored.endpoint.url)
    await expect(after.put('b', 'c')).rejects.toThrow(/database space exceeded/)

    for (const alarm of alarms) await etcd.disarm(restored.endpoint, alarm)
    expect((await etcd.status(restored.endpoint)).alarms).toEqual([])
    expect(await after.put('b', 'c')).toBeGreaterThan(revisionBump)
  })
})

async function restore(version: EtcdVersion, path: string, { name, peerUrl, dataDir }: MemberProcess): Promise<void> {
  const cluster = ['--name', name, '--initial-cluster', `${name}=${peerUrl}`, '--initial-advertise-peer-urls', peerUrl]
  const bump = ['--bump-revision', String(revisionBump), '--mark-compacted', '--initial-cluster-token', aToken]
  await run(etcdBinary(version, 'etcdutl'), ['snapshot', 'restore', path, '--data-dir', dataDir, ...cluster, ...bump])
}
