import { describe, expect, type TestContext, test } from 'vitest'
import type { Etcd } from '../../src/adapters/etcd/calls.ts'
import { type CredentialStore, type Credentials, credentialStore } from '../../src/adapters/etcd/credentials.ts'
import { connectSource } from '../../src/adapters/etcd/snapshot-source.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import type { TlsMode } from '../../src/api/etcd-cluster.ts'
import type { MemberEndpoint } from '../../src/model/names.ts'
import { anAuthority } from '../builders/authority.ts'
import { openKv } from '../client/kv.ts'
import { etcdVersions } from '../cluster/versions.ts'
import { type ClusterKeys, clusterKeys, inProfile, peerUrlOf } from './encrypted-members.ts'
import { aToken, eventually, type MemberProcess, startEtcdProcesses } from './etcd-processes.ts'

/** A status is given up after two seconds otherwise, which tests of other members may well take away. */
const unhurried = { deadlineMs: 30_000 }

const versions = process.env.TEST_LONG ? etcdVersions : (['3.5.35', '3.6.16', '3.7.3'] as const)

describe.each(versions)('TLS of etcd %s', { concurrent: true }, (version) => {
  async function aMember(profile: TlsMode, { onTestFinished }: TestContext, keys: ClusterKeys = clusterKeys()): Promise<Scene> {
    const processes = await startEtcdProcesses(version)
    onTestFinished(() => processes.cleanUp())
    const member = await processes.member('m0')
    const store = credentialStore()
    store.put('root', keys.credentials())
    const etcd = connectEtcd(store)
    onTestFinished(() => etcd.close())
    keys.write(member)
    const founder = { name: 'm0', peerUrl: peerUrlOf(member, profile) }
    member.start({ state: 'bootstrap', token: aToken, members: [founder] }, inProfile(profile))
    const scene = sceneOf(member, keys, store, etcd)
    await eventually('it serves', () => etcd.memberList(profile === 'Off' ? scene.plain : scene.encrypted())).catch((error) => {
      throw new Error(member.log(), { cause: error })
    })
    return scene
  }

  test('both kinds of clients are served on one port, and TLS only with a certificate of the CA', async (context) => {
    const { plain, encrypted, as, etcd, keys } = await aMember('Optional', context)
    expect((await etcd.status(plain, unhurried)).version).toBe(version)
    expect((await etcd.status(encrypted(), unhurried)).version).toBe(version)

    const { own: _, ...nameless } = keys.credentials()
    const stranger = anAuthority('stranger')
    const rows: readonly (readonly [Credentials, string])[] = [
      [nameless, 'the member wants a client certificate'],
      [keys.credentials('root', stranger), 'it has not loaded the CA'],
      [{ ...keys.credentials(), own: keys.clientCa.issue({ cn: 'root', days: -1 }) }, 'it has expired'],
      [{ ...keys.credentials(), own: keys.clientCa.issue({ cn: 'root', usage: 'serverAuth' }) }, 'the member refused our certificate'],
      [{ ...keys.credentials(), ca: stranger.cert }, "of a CA that isn't trusted here"],
      [{ ...keys.credentials(), serverName: 'other.ns.svc' }, "doesn't hold the name"],
    ]
    for (const [credentials, says] of rows)
      await expect(etcd.status(as(credentials), unhurried)).rejects.toMatchObject({
        kind: 'untrusted',
        message: expect.stringContaining(says),
      })
  })

  test.for([
    ['', () => clusterKeys()],
    [', where a bundle holds an intermediate CA alone', () => clusterKeys(anAuthority('intermediate', anAuthority('root')))],
  ] as const)('every call of the operator and the agent goes over TLS%s', async ([, keys], context) => {
    const { encrypted, etcd, store } = await aMember('Required', context, keys())
    const endpoint = encrypted()
    const kv = openKv(new URL(endpoint.url).host, store.of('root')?.credentials)
    context.onTestFinished(() => kv.close())
    const { revision } = await kv.put('a', 'b', 5000)
    expect(await etcd.count(endpoint, String(revision))).toEqual({ state: 'counted', keys: 1 })
    const { memberId, clusterId } = await etcd.status(endpoint, unhurried)
    await etcd.disarm(endpoint, { memberId, alarm: 'NOSPACE' })
    expect(await etcd.storedMembers(endpoint)).toEqual([{ id: memberId, isLearner: false }])
    expect(await etcd.hashKv(endpoint, revision)).toMatchObject({ state: 'hashed' })
    await etcd.defragment(endpoint)

    const source = connectSource(endpoint, store)
    context.onTestFinished(() => source.close())
    expect(await source.confirm()).toEqual({ clusterId, revision: String(revision) })
    let bytes = 0
    for await (const { blob } of source.snapshot(5000, new AbortController().signal)) bytes += blob.length
    expect(bytes).toBeGreaterThan(10_000)
  })

  test('what a client without TLS sees on a port of TLS, and the reverse, is a failure of its own', async (context) => {
    const { plain, encrypted, etcd, member, store } = await aMember('Required', context)
    const start = performance.now()
    await expect(etcd.status(plain)).rejects.toMatchObject({ kind: 'unavailable' })
    await expect(etcd.count(plain, '1', { deadlineMs: 1000 })).rejects.toMatchObject({
      kind: expect.stringMatching(/^(unavailable|timeout)$/),
    })
    expect(performance.now() - start).toBeLessThan(5_000)

    member.signal('SIGTERM')
    await member.ended()
    member.start({ state: 'established' }, inProfile('Off'))
    await eventually('it is back', () => etcd.status(plain))
    await expect(etcd.status(encrypted())).rejects.toMatchObject({ kind: expect.stringMatching(/^(untrusted|unavailable)$/) })
    const source = connectSource(encrypted(), store)
    context.onTestFinished(() => source.close())
    await expect(source.confirm()).rejects.toMatchObject({ kind: expect.stringMatching(/^(untrusted|unavailable)$/) })
  })

  test('a snapshot stream of grpc-js tells of TLS as our own calls do', async (context) => {
    const { as, etcd, keys, store } = await aMember('Required', context)
    const stranger = as(keys.credentials('root', anAuthority('stranger')))
    await expect(etcd.count(stranger, '1')).rejects.toMatchObject({ kind: 'untrusted' })
    await expect(etcd.count(as({ ...keys.credentials(), ca: anAuthority('other').cert }), '1')).rejects.toMatchObject({ kind: 'untrusted' })
    const source = connectSource(stranger, store)
    context.onTestFinished(() => source.close())
    await expect(source.snapshot(5000, new AbortController().signal)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      kind: 'untrusted',
    })
  })
})

interface Scene {
  readonly member: MemberProcess
  readonly keys: ClusterKeys
  readonly store: CredentialStore
  readonly etcd: Etcd
  readonly plain: MemberEndpoint
  /** With the operator's credentials. */
  encrypted(): MemberEndpoint
  /** With these. */
  as(credentials: Credentials): MemberEndpoint
}

function sceneOf(member: MemberProcess, keys: ClusterKeys, store: CredentialStore, etcd: Etcd): Scene {
  const url = `https://${member.address}:2379`
  let others = 0
  return {
    member,
    keys,
    store,
    etcd,
    plain: { url: `http://${member.address}:2379` },
    encrypted: () => ({ url, credentials: 'root' }),
    as(credentials) {
      others += 1
      store.put(`other-${others}`, credentials)
      return { url, credentials: `other-${others}` }
    },
  }
}
