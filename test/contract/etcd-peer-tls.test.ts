import { describe, expect, type TestContext, test } from 'vitest'
import { credentialStore } from '../../src/adapters/etcd/credentials.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import type { TlsMode } from '../../src/api/etcd-cluster.ts'
import { clientScheme } from '../../src/model/names.ts'
import { anAuthority } from '../builders/authority.ts'
import { type Kv, mayRepeat, openKv } from '../client/kv.ts'
import { etcdVersions } from '../cluster/versions.ts'
import { bundle, clusterKeys, inProfile, peerUrlOf, put, serverName } from './encrypted-members.ts'
import { aToken, eventually, type MemberProcess, startEtcdProcesses } from './etcd-processes.ts'

const versions = process.env.TEST_LONG ? etcdVersions : (['3.5.35', '3.6.16', '3.7.3'] as const)

describe.each(versions)('peers of etcd %s', { concurrent: true }, (version) => {
  /** The same in all minors: one of them tells of a change. */
  const everywhere = test.runIf(process.env.TEST_LONG || version === '3.6.16')

  async function aCluster(size: number, begins: TlsMode, { onTestFinished }: TestContext) {
    const processes = await startEtcdProcesses(version)
    onTestFinished(() => processes.cleanUp())
    const store = credentialStore()
    const etcd = connectEtcd(store)
    onTestFinished(() => etcd.close())
    const keys = clusterKeys()
    const next = { peer: anAuthority('next peers'), client: anAuthority('next clients') }
    const trusts = { peer: [keys.peerCa, next.peer], client: [keys.clientCa, next.client] }
    store.put('root', { ca: bundle(trusts.client), serverName, own: keys.clientCa.issue({ cn: 'root' }) })
    const members = await Promise.all(Array.from({ length: size }, (_, index) => processes.member(`m${index}`)))
    const profiles = new Map<string, TlsMode>()
    const list = members.map((member) => ({ name: member.name, peerUrl: peerUrlOf(member, begins) }))
    for (const member of members) {
      keys.write(member, trusts)
      member.start({ state: 'bootstrap', token: aToken, members: list }, inProfile(begins))
      profiles.set(member.name, begins)
    }
    const at = ({ name, address }: MemberProcess) => {
      const scheme = clientScheme(profiles.get(name) ?? begins)
      return { url: `${scheme}://${address}:2379`, ...(scheme === 'https' ? { credentials: 'root' } : {}) }
    }
    const connected = (whole = size) =>
      eventually(
        'every member has a connection to every other one',
        async () => {
          const pages = await Promise.all(members.map(({ address }) => etcd.raftStatus({ url: `http://${address}:2381` })))
          return pages.every(({ connectedTo, hasLeader }) => hasLeader && connectedTo.length === whole - 1) || undefined
        },
        40_000,
      )
    const restart = async (member: MemberProcess, profile: TlsMode = profiles.get(member.name) ?? begins) => {
      member.signal('SIGTERM')
      await member.ended()
      profiles.set(member.name, profile)
      member.start({ state: 'established' }, inProfile(profile))
      await eventually(`${member.name} is back`, () => etcd.memberList(at(member)), 40_000)
    }
    const another = (member: MemberProcess) => members.find((one) => one !== member) ?? member
    /** The list says what the member's next process listens on, right before that process replaces the last one. */
    const move = async (member: MemberProcess, profile: TlsMode) => {
      const { memberId } = await etcd.status(at(member))
      await eventually('the list has its URL', async () => {
        await etcd.updatePeerUrl(at(another(member)), memberId, peerUrlOf(member, profile))
        return true
      })
      await restart(member, profile)
    }
    await eventually('all have started', async () => {
      const found = await Promise.all(members.map((member) => etcd.memberList(at(member))))
      return found.every((one) => one.members.every(({ clientUrls }) => clientUrls.length > 0)) || undefined
    }).catch((error) => {
      throw new Error(members.map((member) => member.log().slice(-2000)).join('\n'), { cause: error })
    })
    await connected()
    return { processes, members, profiles, etcd, store, keys, next, at, connected, restart, move, another }
  }

  test('go from plain text to TLS and back in gated rolls, under a client that never fails', async (context) => {
    const { members, profiles, store, connected, restart, move } = await aCluster(3, 'Off', context)
    const writer = aWriter(
      () => members.map(({ name, address }) => ({ address, isTls: (profiles.get(name) ?? 'Off') !== 'Off' })),
      () => store.of('root')?.credentials,
    )
    for (const member of members) {
      await restart(member, 'Optional')
      await connected()
    }
    for (const member of members) {
      await move(member, 'Required')
      await connected()
    }
    for (const member of members) {
      await move(member, 'Optional')
      await connected()
    }
    for (const member of members) {
      await restart(member, 'Off')
      await connected()
    }
    expect(await writer.end()).toEqual([])
    expect(writer.written()).toBeGreaterThan(50)
  })

  everywhere('a member that begins on https before the list says so is reached one way, and serves', async (context) => {
    const { members, etcd, at, connected, restart, another } = await aCluster(3, 'Optional', context)
    const [first] = members
    if (first === undefined) throw new Error('no member')
    const { memberId } = await etcd.status(at(first))
    await restart(first, 'Required')
    expect((await etcd.memberList(at(another(first)))).members).toHaveLength(3)
    await etcd.updatePeerUrl(at(another(first)), memberId, peerUrlOf(first, 'Required'))
    await connected()
  })

  // Why only the member whose turn it is gets another URL.
  everywhere('URLs that change for all members at once cut off whoever is restarted', async (context) => {
    const { members, etcd, at } = await aCluster(3, 'Off', context)
    const [first] = members
    if (first === undefined) throw new Error('no member')
    const { members: listed } = await etcd.memberList(at(first))
    for (const { id, name } of listed) {
      const member = members.find((one) => one.name === name) ?? first
      await eventually('the URL', async () => {
        await etcd.updatePeerUrl(at(first), id, peerUrlOf(member, 'Required'))
        return true
      })
    }
    const [, second] = members
    second?.signal('SIGTERM')
    await second?.ended()
    second?.start({ state: 'established' }, inProfile('Off'))
    await eventually('its page answers', () => etcd.raftStatus({ url: `http://${second?.address}:2381` }))
    await new Promise((resolve) => setTimeout(resolve, 3_000)) // It would be back within one second.
    expect((await etcd.raftStatus({ url: `http://${second?.address}:2381` })).hasLeader).toBe(false)
  })

  test('take leaves of the next CA without a restart, because they have trusted it from their first start', async (context) => {
    const { members, etcd, store, keys, next, at, connected, restart } = await aCluster(3, 'Required', context)
    const writer = aWriter(
      () => members.map(({ address }) => ({ address, isTls: true })),
      () => store.of('root')?.credentials,
    )
    const after = { peer: [next.peer, anAuthority('peers after')], client: [next.client, anAuthority('clients after')] }
    store.put('root', { ca: bundle([keys.clientCa, ...after.client]), serverName, own: next.client.issue({ cn: 'root' }) })
    for (const member of members) keys.write(member, after)
    // New connections of each kind are made with the new leaves.
    for (const member of members) await etcd.hashKv(at(member), 0)
    await connected()
    expect(members.every((member) => member.log().split('"starting an etcd server"').length === 2)).toBe(true)
    // The next restart, whatever it is for, connects by the new leaves alone, while the others still run with what they had.
    const [first] = members
    if (first === undefined) throw new Error('no member')
    await restart(first)
    await connected()
    expect(await writer.end()).toEqual([])
    // From that restart on the CA before counts no more, and the one after next does.
    store.put('before', { ...(store.of('root')?.credentials ?? keys.credentials()), own: keys.clientCa.issue({ cn: 'root' }) })
    await expect(etcd.hashKv({ url: at(first).url, credentials: 'before' }, 0)).rejects.toMatchObject({ kind: 'untrusted' })
    const [, second] = members
    if (second === undefined) throw new Error('no member')
    expect(await etcd.hashKv({ url: at(second).url, credentials: 'before' }, 0)).toMatchObject({ state: 'hashed' })
  })

  test('an expired leaf stops what begins and nothing that goes on, and is mended in place', async (context) => {
    const { members, etcd, keys, at } = await aCluster(1, 'Required', context)
    const [member] = members
    if (member === undefined) throw new Error('no member')
    const expired = keys.clientCa.issue({ usage: 'serverAuth', names: [`DNS:${serverName}`], days: -1 })
    put(member, 'server/tls.crt', expired.cert)
    put(member, 'server/tls.key', expired.key)
    await etcd.status(at(member)) // An open connection.
    await expect(etcd.hashKv(at(member), 0)).rejects.toMatchObject({ kind: 'untrusted', message: expect.stringContaining('has expired') })
    keys.write(member)
    expect(await etcd.hashKv(at(member), 0)).toMatchObject({ state: 'hashed' })
  })

  test('an empty file with CAs lets a member start that trusts nobody', async (context) => {
    const { members, etcd, at } = await aCluster(1, 'Required', context)
    const [member] = members
    if (member === undefined) throw new Error('no member')
    for (const text of ['', 'garbage']) {
      put(member, 'server/ca.crt', text)
      member.signal('SIGTERM')
      await member.ended()
      member.start({ state: 'established' }, inProfile('Required'))
      await eventually('it leads', async () => (await etcd.raftStatus({ url: `http://${member.address}:2381` })).hasLeader || undefined)
      await expect(eventually('it is asked', () => etcd.status(at(member)), 2_000)).rejects.toMatchObject({
        cause: { kind: 'untrusted', message: expect.stringContaining('it has not loaded the CA') },
      })
    }
  })

  everywhere('a missing file with a certificate ends a member at its start', async (context) => {
    const { members } = await aCluster(1, 'Required', context)
    const [member] = members
    if (member === undefined) throw new Error('no member')
    put(member, 'server/tls.crt', '')
    member.signal('SIGTERM')
    await member.ended()
    member.start({ state: 'established' }, inProfile('Required'))
    expect(await member.ended()).toBe(1)
  })

  test('keys that this version does not know vanish without a word', async (context) => {
    const { processes, keys } = await aCluster(1, 'Required', context)
    const member = await processes.member('alone')
    keys.write(member)
    const list = [{ name: member.name, peerUrl: peerUrlOf(member, 'Required') }]
    const more = { 'crl-file': '/does/not/exist', 'allowed-hostnames': ['nobody'], misspelled: true }
    member.start({ state: 'bootstrap', token: aToken, members: list }, inProfile('Required'), version, (all) => ({
      ...all,
      'peer-transport-security': { ...Object(all['peer-transport-security']), ...more },
      'client-transport-security': { ...Object(all['client-transport-security']), ...more },
    }))
    const store = credentialStore()
    store.put('root', keys.credentials())
    const etcd = connectEtcd(store)
    context.onTestFinished(() => etcd.close())
    await eventually('it serves', () => etcd.status({ url: `https://${member.address}:2379`, credentials: 'root' }))
    expect(member.log()).not.toMatch(/does.not.exist|misspelled/)
  })
})

interface Writer {
  written(): number
  /** Stops, and tells of the writes that were not acknowledged within five seconds. */
  end(): Promise<readonly string[]>
}

/** Writes all the time, through whoever takes it, as clients do that know all members. */
function aWriter(
  members: () => readonly { readonly address: string; readonly isTls: boolean }[],
  credentials: () => Parameters<typeof openKv>[1],
): Writer {
  const failed: string[] = []
  let [count, stopped] = [0, false]
  const open = new Map<string, Kv>()
  const to = ({ address, isTls }: { address: string; isTls: boolean }) => {
    const key = `${address} ${isTls}`
    const kv = open.get(key) ?? openKv(`${address}:2379`, isTls ? credentials() : undefined)
    open.set(key, kv)
    return kv
  }
  const once = async (nth: number): Promise<void> => {
    const began = performance.now()
    for (let turn = nth; ; turn += 1) {
      const all = members()
      const member = all[turn % all.length]
      if (member === undefined) throw new Error('no member')
      try {
        await to(member).put(`key-${nth % 100}`, String(nth), 1_000)
        count += 1
        return
      } catch (error) {
        if (mayRepeat(error) && performance.now() - began < 5_000) continue
        failed.push(`write ${nth}: ${error}`)
        return
      }
    }
  }
  const done = (async () => {
    for (let nth = 0; !stopped; nth += 1) {
      await once(nth)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  })()
  return {
    written: () => count,
    async end() {
      stopped = true
      await done
      for (const kv of open.values()) kv.close()
      return failed
    },
  }
}
