import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, type TestContext, test } from 'vitest'
import type { StepContext } from '../../src/act/cluster/performer.ts'
import { perform } from '../../src/act/cluster/steps.ts'
import type { Etcd } from '../../src/adapters/etcd/calls.ts'
import { credentialStore } from '../../src/adapters/etcd/credentials.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import { isFailure } from '../../src/adapters/failure.ts'
import { readWholeSnapshot } from '../../src/agent/snapshot/read-snapshot.ts'
import type { EtcdUser } from '../../src/api/etcd-user.ts'
import { mount, sourceCopy } from '../../src/model/agent/task.ts'
import { known } from '../../src/model/known.ts'
import { endpointOf } from '../../src/model/names.ts'
import { restoreCommand } from '../../src/objects/jobs/restore-jobs.ts'
import { authFacts } from '../../src/observe/cluster/auth.ts'
import type { Caches } from '../../src/observe/watches/caches.ts'
import { awaitAuth, turnAuthOff, turnAuthOn } from '../../src/plan/cluster/change/turn-auth.ts'
import { aCluster, incarnation, type Scene } from '../builders/a-cluster.ts'
import { aRestoredCluster, atData } from '../builders/a-restored-cluster.ts'
import { anEtcdUser } from '../builders/a-user.ts'
import { type Kv, openKv } from '../client/kv.ts'
import { etcdBinary } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { run } from '../cluster/command.ts'
import { timedProgress } from '../cluster/progress.ts'
import { type EtcdVersion, etcdVersions } from '../cluster/versions.ts'
import { UserWorld } from '../unit/controllers/user-world.ts'
import { type ClusterKeys, clusterKeys, inProfile, peerUrlOf, serverName } from './encrypted-members.ts'
import { aToken, eventually, startEtcdProcesses } from './etcd-processes.ts'

const versions: readonly EtcdVersion[] = process.env.TEST_LONG ? etcdVersions : ['3.5.35', '3.6.16', '3.7.3']
const app = { access: 'ReadWrite', prefix: 'app/' } as const
/** Of a client on a busy machine, and of all that is waited for there. */
const deadlineMs = 20_000
const patienceMs = 60_000
const operators = 'ns/demo/uid-demo'

describe.each(versions)('users of etcd %s', { concurrent: true }, (version) => {
  /** Three members that speak TLS alone. */
  async function start({ onTestFinished }: TestContext, ...users: readonly EtcdUser[]) {
    const folder = mkdtempSync(join(tmpdir(), 'etcd-users-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const processes = await startEtcdProcesses(version)
    onTestFinished(() => processes.cleanUp())
    const members = await Promise.all(['m0', 'm1', 'm2'].map((name) => processes.member(name)))
    const keys = clusterKeys()
    const founders = members.map((member) => ({ name: member.name, peerUrl: peerUrlOf(member, 'Required') }))
    for (const member of members) {
      keys.write(member)
      member.start({ state: 'bootstrap', token: aToken, members: founders }, inProfile('Required'))
    }
    return {
      ...(await operate(
        { onTestFinished },
        keys,
        members.map(({ address }) => address),
        ...users,
      )),
      processes,
      keys,
      folder,
    }
  }

  /** An operator's controller of EtcdUsers beside an API server that is none, and these members. */
  async function operate(
    { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
    keys: ClusterKeys,
    ips: readonly string[],
    ...users: readonly EtcdUser[]
  ) {
    const store = credentialStore()
    store.put(operators, keys.credentials('root'))
    store.put(`${operators}#nobody`, keys.credentials(''))
    const etcd = connectEtcd(store)
    onTestFinished(() => etcd.close())
    const [first = ''] = ips
    const { clusterId } = await eventually(
      'it serves',
      () => etcd.memberList({ url: `https://${first}:2379`, credentials: operators }),
      patienceMs,
    )
    const world = new UserWorld(...users).of(etcd, ips, clusterId, keys.clientCa)
    /** A busy machine answers late now and then: the operator looks again. */
    const settled = (name: string, check: () => unknown) =>
      eventually(`${name} is settled`, async () => {
        world.restarts()
        await world.settle(name)
        await check()
        return true
      })
    const isReady = (name: string) => settled(name, () => expect(world.ready(name)).toMatchObject({ status: 'True' }))
    const clientOf = (name: string, ip = first): Kv => {
      const { 'tls.crt': cert = '', 'tls.key': key = '', 'ca.crt': ca = '' } = world.entries(`${name}-etcd`)
      const kv = openKv(`${ip}:2379`, { ca, serverName, own: { cert, key } })
      onTestFinished(() => kv.close())
      return kv
    }
    return { world, etcd, ips, clientOf, settled, isReady }
  }

  /** What a look at these members shows to the rules about authentication. */
  async function look(etcd: Etcd, ips: readonly string[], world: UserWorld, enabled: boolean): Promise<Scene> {
    const scene = aCluster({ auth: { enabled }, tls: { mode: 'Required' } }).running()
    const pods = scene.pods.map((pod, index) => ({ ...pod, ip: ips[index] }))
    const cluster = { ...scene.cluster, status: { ...scene.cluster.status, auth: { enabled: true, switchedOn: true } } }
    const told = await Promise.all(
      pods.map(async (pod) => [pod.name, await eventually('it answers', () => etcd.status(endpointOf(cluster, pod)), patienceMs)] as const),
    )
    const rows = scene.membership.known ? scene.membership.value.members : []
    const idOf = new Map(told.map(([name, { memberId }]) => [name, memberId]))
    const members = rows.map((row) => ({ ...row, id: idOf.get(row.name ?? '') ?? '' }))
    const answers = new Map(
      [...scene.answers].map(([name, answer]) => {
        const [, status] = told.find(([one]) => one === name) ?? []
        if (!answer.known || !answer.value.serves || status === undefined) return [name, answer] as const
        return [name, known({ ...answer.value, memberId: status.memberId, leaderId: status.leaderId, raftTerm: status.raftTerm })] as const
      }),
    )
    const membership = known({ clusterId: 'c1c1', members })
    const seen = { cluster, pods, answers, membership }
    const caches = { users: { ofCluster: () => world.users() } } as unknown as Pick<Caches, 'users'>
    const auth = await authFacts(etcd, caches, seen, { auth: undefined }, 0, AbortSignal.timeout(20_000))
    return scene.with({ ...seen, auth })
  }

  /** Passes of the rules about authentication, until they have nothing to say. */
  async function turn(etcd: Etcd, ips: readonly string[], world: UserWorld, enabled: boolean): Promise<Scene> {
    for (let pass = 0; pass < 60; pass++) {
      const view = await look(etcd, ips, world, enabled)
      const decision = turnAuthOff(view) ?? turnAuthOn(view) ?? awaitAuth(view)
      if (decision === undefined) return view
      // A busy machine answers late now and then.
      if (decision.kind === 'wait' && decision.reason === 'NotAnswered') continue
      if (decision.kind !== 'step') throw new Error(`${decision.kind} ${'message' in decision ? decision.message : ''}`)
      const context = { etcd, view, signal: AbortSignal.timeout(20_000) } as unknown as StepContext
      await perform(context, decision.step.do, decision.step).catch(unlessLate)
    }
    throw new Error('not settled')
  }

  test('authentication goes on and off under clients with certificates, and none of their writes fails', async (context) => {
    const { world, etcd, ips, clientOf, isReady } = await start(context, anEtcdUser({ permissions: [app] }, undefined, { name: 'app' }))
    await isReady('app')
    expect(world.ready('app')).toMatchObject({ status: 'True', reason: 'AuthOff' })

    const writing = new AbortController()
    const failed: string[] = []
    let written = 0
    const writers = ips.map(async (ip, index) => {
      const kv = clientOf('app', ip)
      for (let n = 0; !writing.signal.aborted; n++) {
        await kv.put(`app/${index}`, String(n), deadlineMs).then(
          () => {
            written += 1
          },
          (error: unknown) => void failed.push(String(error)),
        )
        await pause(5)
      }
    })
    await pause(300)
    const on = await turn(etcd, ips, world, true)
    expect(on.auth.etcd).toMatchObject({ value: { enabled: true, root: 'ready', nobody: { value: 'refused' } } })
    await pause(500)
    await expect(clientOf('app').range('other/', '', 1, deadlineMs)).rejects.toThrow(/permission denied/)
    await expect(clientOf('app').put('b', 'x', deadlineMs)).rejects.toThrow(/permission denied/)
    await turn(etcd, ips, world, false)
    await pause(300)
    writing.abort()
    await Promise.all(writers)
    expect(failed).toEqual([])
    expect(written).toBeGreaterThan(30)
  })

  test('users are made, changed by difference, and deleted while authentication is on', async (context) => {
    const wish = {
      permissions: [
        app,
        { access: 'Read', prefix: 'ünï/' },
        { access: 'Write', range: { from: 'r', to: 's' } },
        { access: 'Read', key: 'motd' },
      ],
    } as const
    const { world, etcd, ips, clientOf, settled, isReady } = await start(
      context,
      anEtcdUser(wish, undefined, { name: 'app' }),
      anEtcdUser({ admin: true, password: { generate: true } }, undefined, { name: 'admin' }),
    )
    await isReady('app')
    await isReady('admin')
    await turn(etcd, ips, world, true)
    world.clusterSays({ auth: { enabled: true } })
    const endpoint = { url: `https://${ips[0]}:2379`, credentials: operators }
    const revisionOf = async () => (await etcd.authStatus(endpoint)).revision
    const revision = await revisionOf()

    // Nothing differs: a look costs no revision, whatever the permissions are.
    for (const name of ['app', 'admin']) {
      await settled(name, () => expect(world.ready(name)).toMatchObject({ status: 'True', reason: 'UserReady' }))
    }
    expect(await revisionOf()).toBe(revision)
    expect(await etcd.authenticate(endpoint, 'admin', world.entries('admin-etcd').password ?? '')).toBe('accepted')

    const client = clientOf('app')
    await client.put('app/1', 'x', deadlineMs)
    await client.put('r1', 'x', deadlineMs)
    expect(await client.range('ünï/', '', 1, deadlineMs)).toEqual([])
    await expect(client.put('s', 'x', deadlineMs)).rejects.toThrow(/permission denied/)
    await expect(client.put('motd', 'x', deadlineMs)).rejects.toThrow(/permission denied/)

    world.change({ permissions: [{ ...app, access: 'Read' }] }, 'app')
    // One grant, and three that are taken back.
    await settled('app', async () => expect(Number(await revisionOf()) - Number(revision)).toBe(4))
    expect(world.status('app')?.observedGeneration).toBe(2)
    await expect(clientOf('app').put('app/1', 'y', deadlineMs)).rejects.toThrow(/permission denied/)

    world.deletes('app')
    await settled('app', () => expect(world.user('app')).toBeUndefined())
    expect(await etcd.users(endpoint)).toEqual(['admin', 'root'])
    expect(await etcd.roles(endpoint)).not.toContain('app')
    await expect(client.range('app/', '', 1, deadlineMs)).rejects.toThrow()
  })

  test('a password is changed only where etcd refuses it', async (context) => {
    const { world, etcd, ips, isReady } = await start(context, anEtcdUser({ password: { secretName: 'mine' } }))
    world.secret('mine', { password: 'first' })
    await isReady('billing')
    await turn(etcd, ips, world, true)
    world.clusterSays({ auth: { enabled: true } })
    const endpoint = { url: `https://${ips[0]}:2379`, credentials: operators }
    const { revision } = await etcd.authStatus(endpoint)
    world.secret('mine', { password: 'first', note: 'x' })
    await isReady('billing')
    expect((await etcd.authStatus(endpoint)).revision).toBe(revision)
    world.secret('mine', { password: 'second' })
    await isReady('billing')
    expect(await etcd.authenticate(endpoint, 'billing', 'second')).toBe('accepted')
    expect(await etcd.authenticate(endpoint, 'billing', 'first')).toBe('refused')
    // Never without a password: nobody logs in with an empty one.
    expect(await etcd.authenticate(endpoint, 'root', 'x')).toBe('refused')
  })

  test('a snapshot with authentication lets root in by its certificate, and its users become what the specs say', async (context) => {
    const before = await start(context, anEtcdUser({ permissions: [app] }, undefined, { name: 'app' }))
    const { processes, keys, folder } = before
    await before.isReady('app')
    await turn(before.etcd, before.ips, before.world, true)
    await eventually('app writes', async () => before.clientOf('app').put('app/1', 'kept', deadlineMs))
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    await ensureBinaries([`etcd-${version}/etcdctl`, `etcd-${version}/etcdutl`], { progress: timedProgress() })
    const { ca, own } = keys.credentials('root')
    const tls = [`--cacert=${file('ca', ca)}`, `--cert=${file('crt', own?.cert ?? '')}`, `--key=${file('key', own?.key ?? '')}`]
    const saved = join(folder, 'b1.db')
    await run(etcdBinary(version, 'etcdctl'), [`--endpoints=https://${before.ips[0]}:2379`, ...tls, 'snapshot', 'save', saved])
    expect(readWholeSnapshot(saved).state).toMatchObject({ isAuthEnabled: true })

    // Another cluster, with CAs of its own, in which nobody knows any password.
    const member = await processes.member('demo-0')
    const peerUrl = peerUrlOf(member, 'Required')
    const [, ...args] = restoreCommand(atData(aRestoredCluster()), { bump: '1000000000' })
    const here = args.map((arg) =>
      arg
        .replace(`${mount.source}/${sourceCopy}`, saved)
        .replace(`${mount.data}/${incarnation}.restoring`, member.dataDir)
        .replace(/https?:\/\/demo-0\.demo-peers\.ns\.svc:2380/, peerUrl),
    )
    await run(etcdBinary(version, 'etcdutl'), here)
    const others = clusterKeys()
    others.write(member)
    member.start({ state: 'established' }, inProfile('Required'))
    const after = await operate(
      context,
      others,
      [member.address],
      anEtcdUser({ permissions: [{ ...app, access: 'Read' }] }, undefined, { name: 'app' }),
    )
    after.world.clusterSays({ bootstrap: { restore: {} } as never, auth: { enabled: true } })
    await after.isReady('app')
    const client = after.clientOf('app')
    expect(await client.range('app/', '', 10, deadlineMs)).toMatchObject([{ key: 'app/1', value: 'kept' }])
    await expect(client.put('app/1', 'x', deadlineMs)).rejects.toThrow(/permission denied/)
    // The certificate of the cluster that was backed up is of another CA.
    const { 'tls.crt': cert = '', 'tls.key': key = '' } = before.world.entries('app-etcd')
    const old = openKv(`${member.address}:2379`, { ca: others.clientCa.cert, serverName, own: { cert, key } })
    context.onTestFinished(() => old.close())
    await expect(old.range('app/', '', 1, 2000)).rejects.toThrow()
  })
})

/** The next pass tries again. */
function unlessLate(error: unknown): void {
  if (!isFailure(error, 'timeout') && !isFailure(error, 'unavailable')) throw error
}
