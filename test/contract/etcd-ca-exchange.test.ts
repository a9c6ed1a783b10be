import { describe, expect, type TestContext, test } from 'vitest'
import { credentialStore } from '../../src/adapters/etcd/credentials.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import type { KeyPair } from '../../src/adapters/x509/request.ts'
import { issueLeaf } from '../../src/adapters/x509.ts'
import { annotation } from '../../src/api/labels.ts'
import { exchangeCas } from '../../src/plan/cluster/change/exchange-cas.ts'
import type { Decision } from '../../src/plan/cluster/step.ts'
import { ensureCertificates } from '../../src/plan/cluster/without-majority/ensure-certificates.ts'
import { aCluster, type Scene } from '../builders/a-cluster.ts'
import { openKv } from '../client/kv.ts'
import { etcdVersions } from '../cluster/versions.ts'
import { Room } from '../unit/act/cluster/certificate-room.ts'
import { inProfile, peerUrlOf, put, serverName } from './encrypted-members.ts'
import { aToken, eventually, type MemberProcess, startEtcdProcesses } from './etcd-processes.ts'

const versions = process.env.TEST_LONG ? etcdVersions : (['3.5.35', '3.6.16', '3.7.3'] as const)
const hour = 3600_000
const day = 24 * hour
/** What isn't trusted is refused at once; a busy machine may take long over what is. */
const patienceMs = 60_000

/** Certificates that the operator's own steps have made, in the hands of real members. */
describe.each(versions)('the CAs of the operator, and etcd %s', { concurrent: true }, (version) => {
  test('are exchanged twice without a failed write, the second time after an ordinary restart of each member', async (context) => {
    const { room, members, writer, mount, restart } = await running(context)
    const first = { peer: issuerIn(room, 'peer'), client: issuerIn(room, 'client') }

    room.annotate({ [annotation.rotateCa]: '1' })
    room.later(hour)
    expect(await room.untilQuiet(all)).toContain('ExchangeCa demo-peer-ca')
    await mount()
    await writer.more(9)
    // Nobody has read [old, current, next] yet; who restarts now finds the others with leaves of its current.
    for (const member of members) await restart(member)
    await writer.more(9)

    room.later(2 * hour)
    expect(await room.untilQuiet(all)).toContain('RetireCa demo-peer-ca')
    await mount()
    // What makes a revocation: a CA is trusted until the process ends that has read it, and not any more by the next one.
    expect(await whoAccepts(room, members, first)).toEqual(members.flatMap(({ name }) => [`${name} 2379`, `${name} 2380`]))
    for (const member of members) await restart(member)
    expect(await whoAccepts(room, members, first)).toEqual([])
    const second = { peer: issuerIn(room, 'peer'), client: issuerIn(room, 'client') }
    expect(await whoAccepts(room, members, second)).toHaveLength(2 * members.length)
    await writer.more(9)

    room.everybodyTrusts()
    room.later(2 * hour)
    room.annotate({ [annotation.rotateCa]: '2' })
    await room.untilQuiet(all)
    expect(room.text('demo-peer-ca', 'generation')).toBe('3')
    await mount()
    await writer.more(9)
    expect(writer.failed()).toEqual([])
  }, 600_000)

  async function running({ onTestFinished }: TestContext) {
    const processes = await startEtcdProcesses(version)
    onTestFinished(() => processes.cleanUp())
    const members = await Promise.all(['m0', 'm1', 'm2'].map((name) => processes.member(name)))
    const addresses = members.map(({ address }) => address)
    // The hours that the operator waits go by in its clock alone: it begins some days ago, so that nothing is issued for tomorrow.
    const scene = aCluster({ tls: { mode: 'Required', extraNames: addresses } }).running()
    const room = new Room(scene.with({ now: Date.now() - 3 * day }))
    await room.untilQuiet(ensureCertificates)
    room.everybodyTrusts()

    /** As the kubelets do. */
    async function mount(): Promise<void> {
      const issuer = issuerIn(room, 'peer')
      // Peers dial each other by IP here, and by names in Kubernetes: all but the names of this leaf is as the Secret has it.
      const now = Date.now()
      const leaf = await issueLeaf(issuer, {
        commonName: '',
        usage: 'server',
        names: [...addresses, serverName],
        notBefore: now - hour,
        notAfter: now + day,
      })
      for (const member of members) {
        for (const file of ['ca.crt', 'dial.crt', 'dial.key'] as const) put(member, `peer/${file}`, room.text('demo-peer-tls', file))
        put(member, 'peer/tls.crt', leaf.cert)
        put(member, 'peer/tls.key', leaf.key)
        for (const file of ['ca.crt', 'tls.crt', 'tls.key'] as const) {
          put(member, `server/${file}`, room.text('demo-server-tls', file))
          put(member, `client/${file}`, room.text('demo-client', file))
        }
      }
    }

    async function untilServing(member: MemberProcess): Promise<void> {
      const store = credentialStore()
      store.put('app', credentials())
      const etcd = connectEtcd(store)
      await eventually(`${member.name} serves`, () => etcd.memberList({ url: `https://${member.address}:2379`, credentials: 'app' })).catch(
        (error) => {
          throw new Error(member.log(), { cause: error })
        },
      )
      await etcd.close()
    }

    async function restart(member: MemberProcess): Promise<void> {
      member.signal('SIGTERM')
      await member.ended()
      member.start({ state: 'established' }, inProfile('Required'))
      await untilServing(member)
    }

    const credentials = () => ({
      ca: room.text('demo-client', 'ca.crt'),
      serverName,
      own: { cert: room.text('demo-client', 'tls.crt'), key: room.text('demo-client', 'tls.key') },
    })
    await mount()
    const founders = members.map((member) => ({ name: member.name, peerUrl: peerUrlOf(member, 'Required') }))
    for (const member of members) member.start({ state: 'bootstrap', token: aToken, members: founders }, inProfile('Required'))
    await Promise.all(members.map(untilServing))
    return { room, members, mount, restart, writer: writerOf(members, credentials) }
  }
})

function issuerIn(room: Room, ca: 'peer' | 'client'): KeyPair {
  return { cert: room.text(`demo-${ca}-ca`, 'current.crt'), key: room.text(`demo-${ca}-ca`, 'current.key') }
}

/** The ports whose process takes a client certificate of these CAs. */
async function whoAccepts(
  room: Room,
  members: readonly MemberProcess[],
  by: Readonly<Record<'peer' | 'client', KeyPair>>,
): Promise<readonly string[]> {
  const now = Date.now()
  const life = { notBefore: now - hour, notAfter: now + day }
  const asked = members.flatMap((member) => [
    { member, port: 2379, issuer: by.client, ca: room.text('demo-server-tls', 'ca.crt') },
    { member, port: 2380, issuer: by.peer, ca: room.text('demo-peer-tls', 'ca.crt') },
  ])
  const answers = await Promise.all(
    asked.map(async ({ member, port, issuer, ca }) => {
      const own = await issueLeaf(issuer, { commonName: '', usage: 'client', names: [], ...life })
      const store = credentialStore()
      store.put('one', { ca, serverName, own })
      const etcd = connectEtcd(store)
      const isTaken = await etcd.acceptsCertificate(
        { url: `https://${member.address}:${port}`, credentials: 'one' },
        { deadlineMs: patienceMs },
      )
      await etcd.close()
      return isTaken ? [`${member.name} ${port}`] : []
    }),
  )
  return answers.flat()
}

function all(view: Scene): Decision | undefined {
  return ensureCertificates(view) ?? exchangeCas(view)
}

/** Writes over a new connection to each member in turn, so that each write is a handshake. */
function writerOf(members: readonly MemberProcess[], credentials: () => Parameters<typeof openKv>[1]) {
  const failures: string[] = []
  return {
    failed: () => failures,
    async more(count: number): Promise<void> {
      for (let turn = 0; turn < count; turn++) {
        const member = members[turn % members.length]
        const kv = openKv(`${member?.address}:2379`, credentials())
        await kv.put(`key-${turn}`, 'value', patienceMs).catch((error: unknown) => failures.push(`${member?.name}: ${error}`))
        kv.close()
      }
    },
  }
}
