import { describe, expect, test } from 'vitest'
import { known, unknown } from '../../../../../src/model/known.ts'
import type { TlsFacts } from '../../../../../src/model/tls/facts.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { ensureCertificates } from '../../../../../src/plan/cluster/without-majority/ensure-certificates.ts'
import { aCluster, now } from '../../../../builders/a-cluster.ts'
import { absent, aCa, aCertificate, aLeaf, aSecret, certificates, ours } from '../../../../builders/certificates.ts'
import { decides, inShort } from '../../../../builders/decides.ts'

const day = 24 * 3600_000
const asked = aCluster({ tls: { mode: 'Required' } })
const begun = asked.frozen()
const three = asked.running()
const none = { peerCa: absent, clientCa: absent, peerTls: absent, serverTls: absent, client: absent }

function withTls(more: Partial<TlsFacts>, scene = three) {
  return scene.with({ tls: certificates(more) })
}

/** The leaves' third third has begun. */
const old = { notBefore: now - 61 * day, notAfter: now + 29 * day }

describe('before the first pod', () => {
  decides(ensureCertificates, {
    'nothing is made until it is frozen with what the cluster begins': [withTls(none, asked)],
    'nothing is made for a cluster in plain text': [
      aCluster({ tls: { mode: 'Off' } })
        .frozen()
        .with({ tls: certificates(none) }),
    ],
    'the CA of the peers is made first': [withTls(none, begun), 'CreateCa demo-peer-ca'],
    'that one CA is there says nothing of the other': [withTls({ ...none, peerCa: ours(aCa('P', 'Q')) }, begun), 'CreateCa demo-client-ca'],
    'that one Secret is there says nothing of the others': [withTls({ serverTls: absent }, begun), 'WriteCertificates demo-server-tls'],
    'a Secret is made from its CA': [
      withTls({ peerTls: absent, serverTls: absent, client: absent }, begun),
      'WriteCertificates demo-peer-tls',
    ],
    'a Secret of somebody else is left alone': [withTls({ client: known({ state: 'foreign', uid: 'x' }) }, begun)],
    'what may not be read is not made': [withTls({ ...none, clientCa: unknown('forbidden'), peerCa: unknown('forbidden') }, begun)],
    'nothing is left to do': [withTls({}, begun)],
  })

  test('a Secret of somebody else under one of the names is never touched', () => {
    const taken = planCluster(withTls({ clientCa: known({ state: 'foreign', uid: 'x' }) }, begun))
    expect(inShort(taken)).toBe('block NameTaken')
    expect(taken).toMatchObject({ message: expect.stringContaining('Secret demo-client-ca') })
    expect(inShort(planCluster(withTls({ client: known({ state: 'earlier', uid: 'x' }) }, begun)))).toBe('wait WaitingForDeletion')
  })

  test('no pod is made before', () => {
    const missing = withTls(
      { serverTls: unknown('secrets "demo-server-tls" is forbidden') },
      begun.withConfig('demo-0').withConfig('demo-1').withConfig('demo-2'),
    )
    expect(inShort(planCluster(missing))).not.toContain('CreateStatefulSet')
  })
})

describe('a CA that is gone', () => {
  const running = withTls({ clientCa: absent }).withStatus({ tls: { mode: 'Required', caGeneration: 1 } })
  decides(ensureCertificates, {
    'is not replaced once members trust it': [running],
    'is not replaced although no member answers': [running.withoutMajority()],
    'is not replaced although no pod is left': [running.with({ pods: [] })],
    'is made again while the cluster has no member yet': [
      withTls({ clientCa: absent }, begun).withStatus({ tls: { mode: 'Required', caGeneration: 1 } }),
      'CreateCa demo-client-ca',
    ],
    'is made where TLS is turned on for the first time': [withTls(none).withStatus({ tls: { mode: 'Off' } }), 'CreateCa demo-peer-ca'],
  })

  test('is reported, and holds up nothing else', () => {
    expect(inShort(planCluster(running))).toBe('block CaLost')
    expect(inShort(planCluster(running.silent('demo-1')))).not.toBe('block CaLost')
  })
})

describe('a leaf', () => {
  decides(ensureCertificates, {
    'is renewed when a third of its life is left': [
      withTls({ serverTls: ours(aSecret('server', 'C', ['C', 'D'], { leaf: aLeaf('server', 'C', old) })) }),
      'WriteCertificates demo-server-tls',
    ],
    'is not renewed before': [
      withTls({
        serverTls: ours(
          aSecret('server', 'C', ['C', 'D'], { leaf: aLeaf('server', 'C', { notBefore: now - 59 * day, notAfter: now + 31 * day }) }),
        ),
      }),
    ],
    'for dialling is renewed as well': [
      withTls({ peerTls: ours(aSecret('peer', 'P', ['P', 'Q'], { dial: aLeaf('peer', 'P', old) })) }),
      'WriteCertificates demo-peer-tls',
    ],
    'that has expired is renewed without a majority': [
      withTls(
        { peerTls: ours(aSecret('peer', 'P', ['P', 'Q'], { leaf: aLeaf('peer', 'P', { notAfter: now - 1 }) })) },
        three.withoutMajority(),
      ),
      'WriteCertificates demo-peer-tls',
    ],
    'with the key of another one is made anew': [
      withTls({ client: ours(aSecret('client', 'C', ['C', 'D'], { leaf: aLeaf('client', 'C', { hasKey: false }) })) }),
      'WriteCertificates demo-client',
    ],
    'is not issued again and again by a CA that is about to expire': [
      withTls({
        clientCa: ours(aCa('C', 'D', { current: aCertificate('C', { notAfter: now + 60_000 }) })),
        serverTls: ours(aSecret('server', 'C', ['C', 'D'], { leaf: aLeaf('server', 'C', { ...old, notAfter: now + 60_000 }) })),
      }),
    ],
    'that lacks a name that was added is made anew': [
      withTls({}, aCluster({ tls: { mode: 'Required', extraNames: ['etcd.example.org'] } }).running()),
      'WriteCertificates demo-server-tls',
    ],
    'is not made while the API server has just refused it': [
      withTls({ serverTls: absent }).remembering({
        secretRefusals: new Map([['demo-server-tls', { reason: 'MissingPermission', message: 'forbidden', at: now - 1000 }]]),
      }),
    ],
  })

  test('of the CA that issues now is made only when every member that runs trusts that CA', () => {
    // The members are older than the bundle, so that only they can tell what they have loaded.
    const young = { bundleSince: now - 1000 }
    const swapped = {
      clientCa: ours(aCa('D', 'E', { old: aCertificate('C') })),
      serverTls: ours(aSecret('server', 'C', ['C', 'D'], young)),
      client: ours(aSecret('client', 'C', ['C', 'D'], young)),
    }
    const [step] = [ensureCertificates(withTls(swapped))]
    // Only the bundle is written: no member is known to trust D.
    expect(step).toMatchObject({ step: { leaf: { from: 'keep' }, bundle: ['C', 'D', 'E'] } })
    const proved = withTls({ ...swapped, members: new Map(three.pods.map(({ name, uid }) => [name, accepting(uid, ['C', 'D'])])) })
    expect(ensureCertificates(proved)).toMatchObject({ step: { leaf: { from: 'ca', issuer: 'D' }, bundle: ['C', 'D', 'E'] } })
    const one = new Map([...proved.tls.members].map(([name, facts]) => [name, name === 'demo-2' ? accepting(facts.uid, ['C']) : facts]))
    expect(ensureCertificates(withTls({ ...swapped, members: one }))).toMatchObject({ step: { leaf: { from: 'keep' } } })
  })
})

function accepting(uid: string, trusted: readonly string[]) {
  const nothing = { plain: unknown(''), served: unknown(''), accepts: new Map() }
  const accepts = new Map(['C', 'D', 'E'].map((ca) => [ca, known(trusted.includes(ca))]))
  return { uid, client: { ...nothing, accepts }, peer: nothing }
}
