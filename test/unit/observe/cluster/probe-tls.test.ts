import { describe, expect, test } from 'vitest'
import type { Etcd } from '../../../../src/adapters/etcd/calls.ts'
import { Failure } from '../../../../src/adapters/failure.ts'
import type { ClusterView } from '../../../../src/model/cluster/view.ts'
import { known } from '../../../../src/model/known.ts'
import type { MemberEndpoint } from '../../../../src/model/names.ts'
import { probeTls, TlsProbes } from '../../../../src/observe/cluster/probe-tls.ts'
import { aCluster } from '../../../builders/a-cluster.ts'
import { aCa, aServed, certificates, ours } from '../../../builders/certificates.ts'

const view = aCluster({ tls: { mode: 'Required' } }).running()
const never = new AbortController().signal

/** Members that listen with TLS alone and have loaded the CAs of both Secrets; what is asked is counted, by call and port. */
function etcdThat(
  says: Partial<Record<'answersPlain' | 'servedCertificate' | 'acceptsCertificate', (endpoint: MemberEndpoint) => unknown>>,
) {
  const asked: string[] = []
  const call = (name: keyof typeof says, otherwise: (endpoint: MemberEndpoint) => unknown) => async (endpoint: MemberEndpoint) => {
    asked.push(`${name} ${endpoint.url.split(':').at(-1)}${/#.*/.exec(endpoint.credentials ?? '')?.[0] ?? ''}`)
    const said = (says[name] ?? otherwise)(endpoint)
    if (said instanceof Failure) throw said
    return said
  }
  const etcd = {
    answersPlain: call('answersPlain', () => false),
    servedCertificate: call('servedCertificate', ({ url }) => aServed(url.endsWith('2379') ? 'C-server' : 'P-peer')),
    acceptsCertificate: call('acceptsCertificate', () => true),
  }
  return { etcd: etcd as unknown as Etcd, asked } // The calls that are made here.
}

function look(etcd: Etcd, probes = new TlsProbes(), seen: ClusterView = view, atMs = 0) {
  return probeTls(etcd, seen, seen.tls, probes, atMs, never)
}

describe('the ports of members with certificates', () => {
  test('are knocked at, one after the other credentials', async () => {
    const { etcd, asked } = etcdThat({})
    const members = await look(etcd)
    expect([...members.keys()]).toEqual(['demo-0', 'demo-1', 'demo-2'])
    expect(members.get('demo-0')?.client).toEqual({
      plain: known(false),
      served: known(aServed('C-server')),
      accepts: new Map([
        ['C', known(true)],
        ['D', known(true)],
      ]),
    })
    expect([...(members.get('demo-0')?.peer.accepts.keys() ?? [])]).toEqual(['P', 'Q'])
    expect([...new Set(asked)].toSorted()).toEqual([
      'acceptsCertificate 2379#client-current',
      'acceptsCertificate 2379#client-next',
      'acceptsCertificate 2380#peer-current',
      'acceptsCertificate 2380#peer-next',
      'answersPlain 2379',
      'answersPlain 2380#peer-current',
      'servedCertificate 2379',
      'servedCertificate 2380#peer-current',
    ])
  })

  test('are left alone by later passes, but for the certificate that they serve, now and then', async () => {
    const { etcd, asked } = etcdThat({})
    const probes = new TlsProbes()
    const first = await look(etcd, probes)
    asked.length = 0
    expect(await look(etcd, probes, view, 9 * 60_000)).toEqual(first)
    expect(asked).toEqual([])
    await look(etcd, probes, view, 11 * 60_000)
    expect(new Set(asked.map((one) => one.split(' ')[0]))).toEqual(new Set(['servedCertificate']))
  })

  test('are asked soon again for what they did not answer, and for a leaf that its Secret has and they have not', async () => {
    const silent = new Failure('timeout', 'no answer')
    const probes = new TlsProbes()
    const first = await look(etcdThat({ answersPlain: () => silent }).etcd, probes)
    expect(first.get('demo-0')?.client.plain).toEqual({ known: false, why: 'no answer' })
    const { etcd, asked } = etcdThat({ servedCertificate: ({ url }) => aServed(url.endsWith('2379') ? 'an earlier leaf' : 'P-peer') })
    await look(etcd, probes, view, 29_000)
    expect(asked).toEqual([])
    expect((await look(etcd, probes, view, 31_000)).get('demo-0')?.client.plain).toEqual(known(false))
    asked.length = 0
    await look(etcd, probes, view, 62_000)
    expect(asked.filter((one) => one.startsWith('served'))).toHaveLength(6)
    expect(asked).toHaveLength(6)
  })

  test('are asked everything again by another process, and about another CA', async () => {
    const probes = new TlsProbes()
    await look(etcdThat({}).etcd, probes)
    const restarted = view.withPod('demo-0', { etcd: { state: 'running', since: view.now } })
    const { etcd, asked } = etcdThat({})
    await look(etcd, probes, restarted)
    expect(asked).toHaveLength(8)
    asked.length = 0
    const exchanged = restarted.with({ tls: certificates({ clientCa: ours(aCa('D', 'E')) }) })
    expect([...((await look(etcd, probes, exchanged)).get('demo-1')?.client.accepts.keys() ?? [])]).toEqual(['D', 'E'])
    expect(asked).toHaveLength(24)
  })

  test('are not waited for while a member is silent, and asked nothing where it runs in plain text', async () => {
    const { etcd, asked } = etcdThat({})
    const probes = new TlsProbes()
    expect([...(await look(etcd, probes, view.silent('demo-1'))).keys()]).toEqual(['demo-0', 'demo-2'])
    expect(asked).toHaveLength(16)
    // What was seen before stands.
    expect([...(await look(etcd, probes, view.silent('demo-0'))).keys()]).toContain('demo-0')
    asked.length = 0
    expect((await look(etcd, new TlsProbes(), aCluster({ tls: { mode: 'Off' } }).running())).size).toBe(0)
    expect(asked).toEqual([])
  })

  test('say nothing of a CA where they speak no TLS', async () => {
    const { etcd, asked } = etcdThat({
      servedCertificate: ({ url }) => (url.endsWith('2380') ? undefined : aServed('C-server')),
      answersPlain: () => true,
    })
    const members = await look(etcd)
    expect(members.get('demo-0')?.peer.accepts.get('P')).toMatchObject({ known: false, why: expect.stringContaining('does not speak TLS') })
    expect(asked.filter((one) => one.startsWith('accepts')).every((one) => one.includes('2379'))).toBe(true)
  })
})
