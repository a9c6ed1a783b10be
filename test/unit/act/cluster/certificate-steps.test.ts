import { describe, expect, test } from 'vitest'
import { isIssuedBy, issueCa, readCertificate } from '../../../../src/adapters/x509.ts'
import { annotation } from '../../../../src/api/labels.ts'
import { credentialNamesOf, credentialsOf, probeCredentialsOf } from '../../../../src/model/names.ts'
import { mustReload } from '../../../../src/model/tls/must-reload.ts'
import { tlsTrouble } from '../../../../src/model/tls/tls-trouble.ts'
import { exchangeCas } from '../../../../src/plan/cluster/change/exchange-cas.ts'
import type { Decision } from '../../../../src/plan/cluster/step.ts'
import { ensureCertificates } from '../../../../src/plan/cluster/without-majority/ensure-certificates.ts'
import { tlsStatus } from '../../../../src/report/cluster/tls-status.ts'
import { aCluster, now, type Scene } from '../../../builders/a-cluster.ts'
import { inShort } from '../../../builders/decides.ts'
import { Room } from './certificate-room.ts'

const hour = 3600_000
const begun = aCluster({ tls: { mode: 'Required' } }).frozen()
const three = aCluster({ tls: { mode: 'Required' } }).running()

describe('the certificates of a new cluster', () => {
  test('are made one Secret after the other, and are fit to be mounted', async () => {
    const room = new Room(begun)
    expect(await room.untilQuiet(ensureCertificates)).toEqual([
      'CreateCa demo-peer-ca',
      'CreateCa demo-client-ca',
      'WriteCertificates demo-peer-tls',
      'WriteCertificates demo-server-tls',
      'WriteCertificates demo-client',
    ])
    expect(tlsTrouble(await room.view())).toBeUndefined()
  })

  test('are made of what was frozen, whatever the status or the spec say by then', async () => {
    const { mode: _, ...tls } = begun.cluster.spec.tls
    const late = begun.withSpec({ tls }).withStatus({ tls: { mode: 'Off' } })
    expect(await new Room(late).untilQuiet(ensureCertificates)).toHaveLength(5)
    expect(await new Room(begun.withSpec({ tls: { ...tls, mode: 'Off' } })).untilQuiet(ensureCertificates)).toHaveLength(5)
  })

  test('hold further names in whatever form they are written', async () => {
    const extraNames = ['ETCD.example.org', '2001:DB8:0::1', '::ffff:10.0.0.1', '*.example.org', '10.1.2.3']
    const room = new Room(aCluster({ tls: { mode: 'Required', extraNames } }).frozen())
    expect(await room.untilQuiet(ensureCertificates)).toHaveLength(5)
    const names = readCertificate(room.text('demo-server-tls', 'tls.crt'))?.names
    expect(names).toEqual(expect.arrayContaining(['etcd.example.org', '2001:db8::1', '::ffff:a00:1', '*.example.org', '10.1.2.3']))
  })

  test('have their owner, its UID as a label, and the keys that are promised', async () => {
    const room = new Room(begun)
    await room.untilQuiet(ensureCertificates)
    const keys = Object.fromEntries([...room.server.secrets].map(([name, { data = {} }]) => [name, Object.keys(data).toSorted()]))
    const ca = ['current.crt', 'current.key', 'generation', 'next.crt', 'next.key']
    expect(keys).toEqual({
      'demo-peer-ca': ca,
      'demo-client-ca': ca,
      'demo-peer-tls': ['ca.crt', 'dial.crt', 'dial.key', 'tls.crt', 'tls.key'],
      'demo-server-tls': ['ca.crt', 'tls.crt', 'tls.key'],
      'demo-client': ['ca.crt', 'endpoints', 'host', 'port', 'tls.crt', 'tls.key', 'uri'],
    })
    for (const { metadata } of room.server.secrets.values()) {
      expect(metadata.ownerReferences).toMatchObject([{ kind: 'EtcdCluster', name: 'demo', uid: 'uid-demo' }])
      expect(metadata.labels).toMatchObject({ 'etcd-operator.dev/cluster-uid': 'uid-demo' })
    }
    expect(room.text('demo-client', 'uri')).toBe('https://demo.ns.svc:2379')
  })

  test('say no name of a user, so that nobody is root by accident', async () => {
    const room = new Room(begun)
    await room.untilQuiet(ensureCertificates)
    for (const secret of ['demo-peer-tls', 'demo-server-tls', 'demo-client'])
      expect(readCertificate(room.text(secret, 'tls.crt'))?.commonName).toBe('')
  })

  test('give the operator its own, in memory alone', async () => {
    const room = new Room(begun)
    await room.untilQuiet(ensureCertificates)
    const cluster = room.scene.cluster
    expect([...room.credentials.keys()].toSorted()).toEqual([...credentialNamesOf(cluster)].toSorted())
    const own = room.credentials.get(credentialsOf(cluster))?.own?.cert ?? ''
    expect(readCertificate(own)).toMatchObject({ commonName: 'root', usages: ['client'], names: [], notAfter: now + 24 * hour })
    expect(isIssuedBy(own, room.text('demo-client-ca', 'current.crt'))).toBe(true)
    const probe = room.credentials.get(probeCredentialsOf(cluster, 'peer', 'next'))?.own?.cert ?? ''
    expect(isIssuedBy(probe, room.text('demo-peer-ca', 'next.crt'))).toBe(true)
  })

  test('are made as well by an operator that writes its status before each step', async () => {
    const room = new Room(begun)
    const telling = (view: Scene) => {
      room.scene = room.scene.withStatus(tlsStatus(view))
      return ensureCertificates(view)
    }
    expect(await room.untilQuiet(telling)).toHaveLength(5)
    expect(tlsStatus(await room.view()).tls).toMatchObject({ mode: 'Required', caGeneration: 1 })
  })

  test('one Secret that somebody deletes is made again, with a leaf of the same CA', async () => {
    const room = new Room(three)
    await room.untilQuiet(ensureCertificates)
    room.server.secrets.delete('demo-server-tls')
    expect(await room.untilQuiet(ensureCertificates)).toEqual(['WriteCertificates demo-server-tls'])
    expect(isIssuedBy(room.text('demo-server-tls', 'tls.crt'), room.text('demo-client-ca', 'current.crt'))).toBe(true)
  })

  test('a Secret that somebody garbles is mended', async () => {
    const room = new Room(three)
    await room.untilQuiet(ensureCertificates)
    room.server.edit('demo-peer-tls', { 'ca.crt': 'nonsense', 'tls.key': 'nonsense' })
    expect(await room.untilQuiet(ensureCertificates)).not.toEqual([])
    expect(tlsTrouble(await room.view())).toBeUndefined()
  })

  test('a Secret that lost the mark of its age is marked again, once', async () => {
    const room = new Room(three)
    await room.untilQuiet(ensureCertificates)
    room.server.unmark('demo-server-tls')
    expect(await room.untilQuiet(ensureCertificates)).toEqual(['WriteCertificates demo-server-tls'])
  })

  test('a Secret that was restored without its owner gets it back, and keeps other owners', async () => {
    const room = new Room(three)
    await room.untilQuiet(ensureCertificates)
    const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'b' }
    room.server.own('demo-client-ca', [other])
    room.server.own('demo-server-tls', undefined)
    expect(await room.untilQuiet(ensureCertificates)).toEqual(['OwnSecret demo-client-ca', 'OwnSecret demo-server-tls'])
    const owners = (name: string) => room.server.secrets.get(name)?.metadata.ownerReferences
    expect(owners('demo-client-ca')).toMatchObject([other, { kind: 'EtcdCluster', name: 'demo', uid: 'uid-demo' }])
    expect(owners('demo-server-tls')).toMatchObject([{ kind: 'EtcdCluster', name: 'demo', uid: 'uid-demo' }])
  })

  test('a Secret that somebody else made in the place of one tells nobody whom to take for a member', async () => {
    const room = new Room(three)
    await room.untilQuiet(ensureCertificates)
    const theirs = await issueCa({ commonName: 'theirs', notBefore: now - hour, notAfter: now + 1000 * hour })
    for (const name of ['demo-client', 'demo-peer-tls']) {
      room.server.secrets.delete(name)
      room.server.put(name, { 'ca.crt': theirs.cert })
    }
    const { cluster } = await room.view()
    for (const name of credentialNamesOf(cluster)) {
      expect(room.credentials.get(name)?.ca, name).toMatch(/BEGIN CERTIFICATE/)
      expect(room.credentials.get(name)?.ca, name).not.toContain(theirs.cert.trim())
    }
  })

  test('no key is in a view or a step', async () => {
    const room = new Room(begun)
    const decisions: Decision[] = []
    await room.untilQuiet((view: Scene) => {
      const decision = ensureCertificates(view)
      if (decision !== undefined) decisions.push(decision)
      return decision
    })
    expect(JSON.stringify([await room.view(), decisions])).not.toMatch(/PRIVATE KEY|BEGIN CERTIFICATE/)
  })
})

describe('the exchange of a CA', () => {
  async function running(): Promise<Room> {
    const room = new Room(three)
    await room.untilQuiet(ensureCertificates)
    room.everybodyTrusts()
    return room
  }

  test('lets the successor issue, and forgets the CA before after an hour', async () => {
    const room = await running()
    const before = room.text('demo-peer-ca', 'next.crt')
    room.annotate({ [annotation.rotateCa]: '1' })
    expect(await room.untilQuiet(all)).toEqual([])
    room.later(hour)
    expect(await room.untilQuiet(all)).toEqual([
      ...['ExchangeCa demo-peer-ca', 'WriteCertificates demo-peer-tls'],
      ...['ExchangeCa demo-client-ca', 'WriteCertificates demo-server-tls', 'WriteCertificates demo-client'],
    ])
    expect(room.text('demo-peer-ca', 'current.crt')).toBe(before)
    expect(room.text('demo-peer-ca', 'generation')).toBe('2')
    expect(isIssuedBy(room.text('demo-peer-tls', 'tls.crt'), before)).toBe(true)
    expect(isIssuedBy(room.text('demo-peer-tls', 'dial.crt'), before)).toBe(true)
    expect((await room.view()).tls.peerTls).toMatchObject({ value: { value: { bundle: { length: 3 } } } })
    room.later(hour)
    expect(await room.untilQuiet(all)).toEqual([
      ...['RetireCa demo-peer-ca', 'WriteCertificates demo-peer-tls'],
      ...['RetireCa demo-client-ca', 'WriteCertificates demo-server-tls', 'WriteCertificates demo-client'],
    ])
    expect((await room.view()).tls.peerTls).toMatchObject({ value: { value: { bundle: { length: 2 } } } })
    room.later(hour)
    expect(await room.untilQuiet(all)).toEqual([])
  })

  test('waits for every member to load the successor, and has it restarted for that', async () => {
    const room = await running()
    room.annotate({ [annotation.rotateCa]: '1' })
    room.later(hour)
    await room.untilQuiet(all)
    room.later(2 * hour)
    await room.untilQuiet(all)
    // The successor's successor is loaded by a restart alone.
    room.annotate({ [annotation.rotateCa]: '2' })
    room.later(120_000)
    const view = await room.view()
    expect(inShort(exchangeCas(view))).toBe('wait ExchangingCa')
    expect(view.pods.every((pod) => mustReload(view, pod))).toBe(true)
  })

  test('that was asked for before there was a CA is not done', async () => {
    for (const asked of ['1', 'revoke']) {
      const room = new Room(three.annotated({ [annotation.rotateCa]: asked }))
      await room.untilQuiet(ensureCertificates)
      room.everybodyTrusts()
      room.later(2 * hour)
      expect(await room.untilQuiet(all)).toEqual([])
    }
  })

  test('that raced with another one changes nothing', async () => {
    const room = await running()
    room.annotate({ [annotation.rotateCa]: '1' })
    room.later(hour)
    const view = await room.view()
    const decision = exchangeCas(view)
    await room.carryOut(view, decision)
    await expect(room.carryOut(view, decision)).rejects.toMatchObject({ kind: 'conflict' })
    expect(room.text('demo-peer-ca', 'generation')).toBe('2')
  })
})

function all(view: Scene): Decision | undefined {
  return ensureCertificates(view) ?? exchangeCas(view)
}
