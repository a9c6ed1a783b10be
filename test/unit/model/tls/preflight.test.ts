import { describe, expect, test } from 'vitest'
import type { CertificateSecretFacts } from '../../../../src/model/tls/facts.ts'
import { covers, preflight } from '../../../../src/model/tls/preflight.ts'
import type { Use } from '../../../../src/model/tls/uses.ts'
import { now } from '../../../builders/a-cluster.ts'
import { aCertificate, aLeaf, aSecret } from '../../../builders/certificates.ts'

const members = '*.demo-peers.ns.svc'

describe('a Secret with certificates', () => {
  test.each<{ what: string; use?: Use; facts: CertificateSecretFacts; problems: readonly string[] }>([
    { what: 'that is as it should be', facts: aSecret('server', 'C', ['C', 'D']), problems: [] },
    { what: 'of a client', use: 'client', facts: aSecret('client', 'C', ['C', 'D']), problems: [] },
    { what: 'without certificates to trust', facts: aSecret('server', 'C', []), problems: ['BadSecret'] },
    {
      what: 'that trusts a leaf',
      facts: aSecret('server', 'C', ['C'], { bundle: [aCertificate('C'), aCertificate('L', { isCa: false })] }),
      problems: ['BadSecret'],
    },
    { what: 'without a leaf', facts: aSecret('server', 'C', ['C'], { leaf: undefined }), problems: ['BadSecret'] },
    { what: 'with the key of another leaf', facts: with_({ hasKey: false }), problems: ['KeyMismatch'] },
    { what: 'whose chain leads nowhere', facts: with_({ issuer: undefined }), problems: ['BadSecret'] },
    { what: 'of a client, for servers', facts: with_({ usages: ['client'] }), problems: ['BadSecret'] },
    { what: 'whose use is not limited', facts: with_({ usages: undefined }), problems: [] },
    { what: 'that is a CA itself', facts: with_({ isCa: true }), problems: ['BadSecret'] },
    { what: 'that names root, whom etcd lets do everything', facts: with_({ commonName: 'root' }), problems: ['BadSecret'] },
    {
      what: 'of applications, that names root',
      use: 'client',
      facts: aSecret('client', 'C', ['C'], { leaf: aLeaf('client', 'C', { commonName: 'root' }) }),
      problems: ['BadSecret'],
    },
    { what: 'with the common name of a server', facts: with_({ commonName: 'demo.ns.svc' }), problems: [] },
    { what: 'without the name of its members', facts: with_({ names: ['demo.ns.svc'] }), problems: ['NameMissing'] },
    { what: 'of tomorrow', facts: with_({ notBefore: now + 1 }), problems: ['NotYetValid'] },
    { what: 'of yesterday', facts: with_({ notAfter: now }), problems: ['Expired'] },
    { what: 'with two faults', facts: with_({ hasKey: false, notAfter: now - 1 }), problems: ['KeyMismatch', 'Expired'] },
    {
      what: 'of peers, of a CA that others do not trust',
      use: 'peer',
      facts: aSecret('peer', 'P', ['P', 'Q'], { leaf: aLeaf('peer', 'P', { issuer: undefined }) }),
      problems: ['PeerCANotShared'],
    },
    {
      what: 'of peers without a leaf for dialling',
      use: 'peer',
      facts: aSecret('peer', 'P', ['P'], { dial: undefined }),
      problems: ['BadSecret'],
    },
    {
      what: 'of peers with a leaf for dialling that servers show',
      use: 'peer',
      facts: aSecret('peer', 'P', ['P'], { dial: aLeaf('peer', 'P', { usages: ['server'] }) }),
      problems: ['BadSecret'],
    },
  ])('$what', ({ use = 'server', facts, problems }) => {
    const names = { peer: [members], server: ['demo.ns.svc', members], client: [] }[use]
    const found = preflight(facts, { secret: 'theirs', use, names, dials: use === 'peer', now })
    expect(found.map(({ reason }) => reason)).toEqual(problems)
    for (const { message } of found) expect(message).toContain('theirs')
  })

  test('names what is missing and since when it has expired', () => {
    const facts = with_({ names: ['demo.ns.svc'], notAfter: Date.parse('2026-11-20T00:00:00Z') })
    const [name, expired] = preflight(facts, { secret: 'theirs', use: 'server', names: [members, 'demo.ns.svc'], dials: false, now })
    expect(name?.message).toBe('tls.crt of Secret theirs lacks the name *.demo-peers.ns.svc')
    expect(expired?.message).toBe('tls.crt of Secret theirs has expired at 2026-11-20T00:00:00Z')
  })
})

test.each([
  [['demo.ns.svc'], 'demo.ns.svc', true],
  [['demo.ns.svc'], 'Demo.ns.svc', true],
  [['*.ns.svc'], 'demo.ns.svc', true],
  [['*.svc'], 'demo.ns.svc', false],
  [['demo-0.demo-peers.ns.svc'], '*.demo-peers.ns.svc', false],
  [['*.demo-peers.ns.svc'], '*.demo-peers.ns.svc', true],
  [['::1'], '::1', true],
  [[], '::1', false],
])('%j cover %s: %s', (names, name, expected) => {
  expect(covers(names, name)).toBe(expected)
})

function with_(leaf: Parameters<typeof aLeaf>[2]): CertificateSecretFacts {
  return aSecret('server', 'C', ['C', 'D'], { leaf: aLeaf('server', 'C', leaf) })
}
