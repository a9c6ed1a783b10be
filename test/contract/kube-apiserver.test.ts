import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { credentialStore } from '../../src/adapters/etcd/credentials.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import type { EtcdUser } from '../../src/api/etcd-user.ts'
import type { MemberEndpoint } from '../../src/model/names.ts'
import { wishedPermissions } from '../../src/model/user/permission.ts'
import { type Authority, anAuthority } from '../builders/authority.ts'
import { startApiWriter } from '../client/api-writer.ts'
import { datastoreFlags, startHosted } from '../client/hosted-api-server.ts'
import { binaryPath } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { freeAddress } from '../cluster/free-address.ts'
import { timedProgress } from '../cluster/progress.ts'
import { bundle, clusterKeys, inProfile, peerUrlOf } from './encrypted-members.ts'
import { aToken, eventually, type MemberProcess, startEtcdProcesses } from './etcd-processes.ts'

/** What docs/operations/hosted-control-planes.md gives the user of a kube-apiserver. */
const permissions: EtcdUser['spec']['permissions'] = [
  { access: 'ReadWrite', prefix: '/registry/' },
  { access: 'ReadWrite', key: 'compact_rev_key' },
]
const user = 'kube-apiserver'

/** The same with an operator is test/e2e/kube-apiserver.test.ts; here a failure can only be etcd's or a certificate's. */
const isLong = process.env.TEST_LONG !== undefined

test.skipIf(!isLong)(
  'a kube-apiserver lives on encrypted members as a user of its own, while they are upgraded, lost for a moment, and given another CA',
  {
    timeout: 400_000,
  },
  async ({ onTestFinished }) => {
    await ensureBinaries(['kube-apiserver'], { progress: timedProgress() })
    const processes = await startEtcdProcesses('3.6.11', ['3.6.16'])
    onTestFinished(() => processes.cleanUp())
    const members = await Promise.all(['m0', 'm1', 'm2'].map((name) => processes.member(name)))
    const keys = clusterKeys()
    const next = { peer: anAuthority('next peers'), client: anAuthority('next clients') }
    const founders = members.map((member) => ({ name: member.name, peerUrl: peerUrlOf(member, 'Required') }))
    for (const member of members) {
      // The successors are trusted from the first day.
      keys.write(member, { peer: [keys.peerCa, next.peer], client: [keys.clientCa, next.client] })
      member.start({ state: 'bootstrap', token: aToken, members: founders }, inProfile('Required'))
    }
    const store = credentialStore()
    store.put('root', { ...keys.credentials(), ca: bundle([keys.clientCa, next.client]) })
    const etcd = connectEtcd(store)
    onTestFinished(() => etcd.close())
    const endpointOf = ({ address }: MemberProcess): MemberEndpoint => ({ url: `https://${address}:2379`, credentials: 'root' })
    const [first] = members as [MemberProcess, ...MemberProcess[]]
    await eventually('a majority serves', () => etcd.memberList(endpointOf(first)), 60_000)
    const untilAllServe = () =>
      eventually('all serve', async () => Promise.all(members.map((one) => etcd.memberList(endpointOf(one)))), 60_000)
    await untilAllServe()

    for (const name of ['root', user]) {
      await etcd.authWrite(endpointOf(first), { do: 'AddUser', user: name, password: crypto.randomUUID() })
    }
    await etcd.authWrite(endpointOf(first), { do: 'GrantRole', user: 'root', role: 'root' })
    await etcd.authWrite(endpointOf(first), { do: 'AddRole', role: user })
    for (const permission of wishedPermissions({ permissions } as EtcdUser['spec']))
      await etcd.authWrite(endpointOf(first), { do: 'GrantPermission', role: user, permission })
    await etcd.authWrite(endpointOf(first), { do: 'GrantRole', user, role: user })
    await etcd.authEnable(endpointOf(first))

    const folder = mkdtempSync(join(tmpdir(), 'apiserver-etcd-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const issue = (by: Authority) => {
      mkdirSync(folder, { recursive: true })
      const { cert, key } = by.issue({ cn: user })
      const texts = { 'ca.crt': bundle([keys.clientCa, next.client]), 'tls.crt': cert, 'tls.key': key }
      for (const [file, text] of Object.entries(texts)) writeFileSync(join(folder, file), text)
    }
    issue(keys.clientCa)
    const endpoints = members.map((member) => endpointOf(member).url)
    const host = { program: binaryPath('kube-apiserver'), ip: await freeAddress(6443), port: 6443, within: [] }
    const server = await startHosted(host, datastoreFlags(endpoints, folder))
    onTestFinished(() => server.stop())
    const client = startApiWriter(server.kubeconfig)

    client.phase('a patch release')
    for (const member of members) {
      await untilAllServe()
      await giveUpLeadership(member)
      member.signal('SIGTERM')
      await member.ended()
      member.start({ state: 'established' }, inProfile('Required'), '3.6.16')
    }
    await untilAllServe()

    client.phase('another CA')
    // Leaves of the next CA, read at the next handshake: nothing restarts.
    for (const member of members) keys.write(member, { peer: [next.peer, keys.peerCa], client: [next.client, keys.clientCa] })
    issue(next.client)

    client.phase('a member that is killed')
    const [victim] = members.filter((member) => member !== first)
    await victim?.kill()
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    victim?.start({ state: 'established' }, inProfile('Required'), '3.6.16')
    await untilAllServe()
    await new Promise((resolve) => setTimeout(resolve, 2_000))

    const report = await client.verify()
    expect(report).toMatchObject({ failed: [], lost: [] })
    expect(report.acknowledged).toBeGreaterThan(100)
    expect((await etcd.status(endpointOf(first))).version).toBe('3.6.16')

    async function giveUpLeadership(member: MemberProcess): Promise<void> {
      const { memberId, leaderId } = await etcd.status(endpointOf(member))
      const other = members.find((one) => one !== member)
      if (memberId !== leaderId || other === undefined) return
      await etcd.moveLeader(endpointOf(member), (await etcd.status(endpointOf(other))).memberId)
    }
  },
)
