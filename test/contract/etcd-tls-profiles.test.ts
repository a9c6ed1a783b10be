import { describe, expect, type TestContext, test } from 'vitest'
import { credentialStore } from '../../src/adapters/etcd/credentials.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import type { TlsMode } from '../../src/api/etcd-cluster.ts'
import type { MemberEndpoint } from '../../src/model/names.ts'
import { etcdVersions } from '../cluster/versions.ts'
import { clusterKeys, inProfile, peerUrlOf } from './encrypted-members.ts'
import { eventually, type MemberProcess, startEtcdProcesses } from './etcd-processes.ts'

const versions = process.env.TEST_LONG ? etcdVersions : (['3.5.35', '3.6.16', '3.7.3'] as const)

/** What plan/cluster/change/roll.ts relies on: members that go from one profile of TLS to the next, one at a time, with the files that it writes. */
describe.each(versions)('members of etcd %s', { concurrent: true }, (version) => {
  async function three(from: TlsMode, { onTestFinished }: TestContext) {
    const processes = await startEtcdProcesses(version)
    onTestFinished(() => processes.cleanUp())
    const keys = clusterKeys()
    const store = credentialStore()
    store.put('root', keys.credentials())
    const etcd = connectEtcd(store)
    onTestFinished(() => etcd.close())
    const members = await Promise.all(['m0', 'm1', 'm2'].map((name) => processes.member(name)))
    for (const member of members) keys.write(member)
    const list = members.map((member) => ({ name: member.name, peerUrl: peerUrlOf(member, from) }))
    for (const member of members) member.start({ state: 'bootstrap', token: 'contract', members: list }, inProfile(from))
    const runs = new Map(members.map((member) => [member.name, from]))

    const endpoint = (member: MemberProcess): MemberEndpoint =>
      runs.get(member.name) === 'Required' ? { url: `https://${member.address}:2379`, credentials: 'root' } : { url: member.endpoint.url }
    /** A linearizable read through each member: each of them hears the leader. */
    const allServe = async (all: readonly MemberProcess[] = members) => {
      for (const member of all)
        await eventually(`${member.name} serves: ${member.log().slice(-500)}`, () => etcd.memberList(endpoint(member)))
    }
    const idOf = async (member: MemberProcess) => (await etcd.status(endpoint(member))).memberId
    /** As the roll restarts a member: its URL right before its process ends. */
    const turn = async (member: MemberProcess, profile: TlsMode) => {
      const id = await idOf(member)
      const before = peerUrlOf(member, runs.get(member.name) ?? 'Off')
      if (peerUrlOf(member, profile) !== before) {
        const [other] = members.filter((each) => each !== member)
        if (other === undefined) throw new Error('no other member')
        await eventually('the URL', () => etcd.updatePeerUrl(endpoint(other), id, peerUrlOf(member, profile)).then(() => true))
      }
      await member.kill()
      member.start({ state: 'established' }, inProfile(profile))
      runs.set(member.name, profile)
      await allServe()
      expect(await idOf(member)).toBe(id)
    }
    await allServe()
    return { processes, keys, etcd, members, endpoint, turn, allServe, runs }
  }

  test('go from plain text to TLS and back, and each hears the leader after every turn', async (context) => {
    const { members, turn } = await three('Off', context)
    for (const profile of ['Optional', 'Required', 'Optional', 'Off'] as const) for (const member of members) await turn(member, profile)
  }, 180_000)

  test('begin with TLS alone', async (context) => {
    const { etcd, members, endpoint } = await three('Required', context)
    const [first] = members
    if (first === undefined) throw new Error('no member')
    const { members: rows } = await etcd.memberList(endpoint(first))
    expect(rows.every(({ peerUrls, clientUrls }) => [...peerUrls, ...clientUrls].every((url) => url.startsWith('https:')))).toBe(true)
  }, 60_000)

  test('let another one join in the middle, with exactly the mixed list', async (context) => {
    const { processes, keys, etcd, members, endpoint, turn, allServe, runs } = await three('Optional', context)
    const [first, second] = members
    if (first === undefined || second === undefined) throw new Error('no members')
    await turn(second, 'Required')
    const joining = await processes.member('m3')
    keys.write(joining)
    const { id } = await eventually('the learner', () => etcd.addLearner(endpoint(first), peerUrlOf(joining, 'Required')))
    const list = [...members.map((member) => ({ name: member.name, peerUrl: peerUrlOf(member, runs.get(member.name) ?? 'Off') }))]
    const own = { name: joining.name, peerUrl: peerUrlOf(joining, 'Required') }

    const wrong = [...list.map((each) => ({ ...each, peerUrl: each.peerUrl.replace('https:', 'http:') })), own]
    joining.start({ state: 'joining', token: 'contract', members: wrong }, inProfile('Required'))
    expect(await joining.ended()).not.toBe(0)

    joining.start({ state: 'joining', token: 'contract', members: [...list, own] }, inProfile('Required'))
    runs.set(joining.name, 'Required')
    await eventually('it is promoted', () => etcd.promote(endpoint(first), id).then(() => true))
    await allServe([...members, joining])
  }, 120_000)
})
