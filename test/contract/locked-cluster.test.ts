import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, type TestContext, test } from 'vitest'
import type { AuthWrite } from '../../src/adapters/etcd/auth-calls.ts'
import { type Credentials, credentialStore } from '../../src/adapters/etcd/credentials.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import { verify } from '../../src/agent/tasks/verify.ts'
import { revisionBump } from '../../src/model/agent/task.ts'
import { anAuthority } from '../builders/authority.ts'
import { etcdBinary } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { run } from '../cluster/command.ts'
import { timedProgress } from '../cluster/progress.ts'
import { type EtcdVersion, etcdVersions } from '../cluster/versions.ts'
import { runAgent } from './agent-process.ts'
import { clusterKeys, inProfile, peerUrlOf, serverName } from './encrypted-members.ts'
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
    expect(verify({ do: 'verify', location: 'locked.db' }, folder)).toMatchObject({ result: 'Verified', authEnabled: true })
    await etcdctl('--user', 'root:secret', 'auth', 'disable')
    await etcdctl('snapshot', 'save', join(folder, 'open.db'))
    expect(verify({ do: 'verify', location: 'open.db' }, folder)).toEqual(expect.not.objectContaining({ authEnabled: true }))
  })

  test('with authentication is backed up by an agent whose certificate names root, and restored where the CA is another one', async (context) => {
    await ensureBinaries([`etcd-${version}/etcdutl`], { progress: timedProgress() })
    const processes = await startEtcdProcesses(version)
    const folder = mkdtempSync(join(tmpdir(), 'locked-'))
    const store = credentialStore()
    const etcd = connectEtcd(store)
    context.onTestFinished(async () => {
      etcd.close()
      await processes.cleanUp()
      rmSync(folder, { recursive: true, force: true })
    })
    const keys = clusterKeys()
    const member = await processes.member('demo-0')
    keys.write(member)
    const list = [{ name: member.name, peerUrl: peerUrlOf(member, 'Required') }]
    member.start({ state: 'bootstrap', token: aToken, members: list }, inProfile('Required'))
    store.put('root', keys.credentials())
    const root = { url: `https://${member.address}:2379`, credentials: 'root' }
    const { clusterId } = await eventually('it serves', () => etcd.memberList(root))
    const task = {
      do: 'backup',
      backup: { namespace: 'ns', name: 'b1', uid: 'uid-b1', startTime: '2026-11-21T10:00:00Z' },
      cluster: { name: 'demo', uid: 'uid-demo', spec: {}, tls: 'Required' },
      tls: { serverName },
      clusterId,
      endpoints: [{ member: 'demo-0', url: root.url }],
      location: 'demo/b1.db',
    } as const
    const asked = (credentials: Credentials) => {
      const files = join(folder, `credentials-${credentials.own?.cert.length}-${Math.random()}`)
      mkdirSync(files)
      writeFileSync(join(files, 'ca.crt'), credentials.ca)
      writeFileSync(join(files, 'tls.crt'), credentials.own?.cert ?? '')
      writeFileSync(join(files, 'tls.key'), credentials.own?.key ?? '')
      return runAgent(task, { backups: folder, credentials: files })
    }
    const early = await asked(keys.credentials())
    expect(early.result, 'root may read while etcd asks nobody who they are').toMatchObject({ result: 'BackedUp' })
    rmSync(join(folder, 'demo'), { recursive: true })
    for (const write of makeRoot) await etcd.authWrite(root, write)
    await etcd.authEnable(root)

    const stranger = await asked(keys.credentials('root', anAuthority('stranger')))
    expect(stranger.result).toMatchObject({ reason: 'NoHealthyMember', message: expect.stringContaining('it has not loaded the CA') })
    expect((await asked(keys.credentials(''))).result).toMatchObject({ reason: 'AuthenticationEnabled' })
    const done = await asked(keys.credentials())
    expect(done.result).toMatchObject({ result: 'BackedUp' })
    expect(readFileSync(join(folder, 'demo/b1.db.json'), 'utf8')).toMatch(/"tls": "Required"[\s\S]*"authEnabled": true/)
    expect(done.log + readFileSync(join(folder, 'demo/b1.db.json'), 'utf8')).not.toContain('PRIVATE KEY')
    await member.kill()

    const restored = await processes.member('demo2-0')
    const others = clusterKeys()
    others.write(restored)
    await restore(version, join(folder, 'demo/b1.db'), { ...restored, peerUrl: peerUrlOf(restored, 'Required') })
    restored.start({ state: 'established' }, inProfile('Required'))
    store.put('new root', others.credentials())
    store.put('nobody', others.credentials(''))
    const url = `https://${restored.address}:2379`
    await eventually('it serves', () => etcd.memberList({ url, credentials: 'new root' }))
    expect(await etcd.authStatus({ url, credentials: 'new root' })).toMatchObject({ enabled: true })
    expect(await etcd.canRead({ url, credentials: 'new root' })).toBe('read')
    expect(await etcd.canRead({ url, credentials: 'nobody' })).toBe('refused')
    expect(await etcd.count({ url, credentials: 'new root' }, '0')).toMatchObject({ state: 'counted' })
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

const makeRoot: readonly AuthWrite[] = [
  { do: 'AddUser', user: 'root', password: 'thrown away' },
  { do: 'GrantRole', user: 'root', role: 'root' },
]

async function restore(
  version: EtcdVersion,
  path: string,
  { name, peerUrl, dataDir }: Pick<MemberProcess, 'name' | 'peerUrl' | 'dataDir'>,
): Promise<void> {
  const cluster = ['--name', name, '--initial-cluster', `${name}=${peerUrl}`, '--initial-advertise-peer-urls', peerUrl]
  const bump = ['--bump-revision', String(revisionBump), '--mark-compacted', '--initial-cluster-token', aToken]
  await run(etcdBinary(version, 'etcdutl'), ['snapshot', 'restore', path, '--data-dir', dataDir, ...cluster, ...bump])
}
