import { describe, expect, test } from 'vitest'
import type { ClusterView } from '../../../../src/model/cluster/view.ts'
import { known, unknown } from '../../../../src/model/known.ts'
import type { MemberTls, PortTls } from '../../../../src/model/tls/facts.ts'
import { encrypted } from '../../../../src/report/cluster/encrypted.ts'
import { aCluster } from '../../../builders/a-cluster.ts'
import { aServed, certificates } from '../../../builders/certificates.ts'

const view = aCluster({ tls: { mode: 'Required' } }).running()
const tight: PortTls = { plain: known(false), served: known(aServed('a leaf')), accepts: new Map() }
const open: PortTls = { ...tight, plain: known(true) }

/** What each member showed; without more words each refuses whoever speaks no TLS. */
function shown(more: Readonly<Record<string, Partial<MemberTls> | undefined>> = {}, seen = view): ClusterView {
  const members = seen.pods.flatMap(({ name, uid }) =>
    name in more && more[name] === undefined ? [] : [[name, { uid, client: tight, peer: tight, ...more[name] }] as const],
  )
  return seen.with({ tls: certificates({ members: new Map(members) }) })
}

describe('Encrypted', () => {
  const rows: readonly (readonly [what: string, view: ClusterView, status: string, reason: string, says: string])[] = [
    ['every port refuses', shown(), 'True', 'TlsOnly', 'ports 2379 and 2380 of demo-0, demo-1, demo-2'],
    ['one client port takes both', shown({ 'demo-1': { client: open } }), 'False', 'Optional', 'port 2379 of demo-1'],
    ['one peer port is plain', shown({ 'demo-1': { peer: open } }), 'False', 'PeersPlain', 'port 2380 of demo-1'],
    ['one member was not asked', shown({ 'demo-2': undefined }), 'Unknown', 'NotObserved', 'demo-2 has not been asked'],
    ['an earlier pod was asked', shown({ 'demo-2': { uid: 'earlier' } }), 'Unknown', 'NotObserved', 'demo-2 has not been asked'],
    [
      'a port does not answer',
      shown({ 'demo-0': { peer: { ...tight, plain: unknown('no answer') } } }),
      'Unknown',
      'NotObserved',
      'port 2380 of demo-0 does not show',
    ],
    [
      'a port shows no certificate',
      shown({ 'demo-0': { client: { ...tight, served: known(undefined) } } }),
      'Unknown',
      'NotObserved',
      'shows no certificate',
    ],
    // A member that starts shows nothing yet; one that is open is open, ready or not.
    ['a member starts', shown({ 'demo-2': undefined }, view.withPod('demo-2', { ready: false })), 'True', 'TlsOnly', 'demo-0, demo-1'],
    [
      'an open member is not ready',
      shown({ 'demo-2': { client: open } }, view.withPod('demo-2', { ready: false })),
      'False',
      'Optional',
      'demo-2',
    ],
    [
      'a member of the roll still speaks plain',
      shown({}, view.withPod('demo-2', { profile: 'Off' })),
      'False',
      'PlainText',
      'demo-2 speaks in plain text',
    ],
    ['nobody runs', aCluster({ tls: { mode: 'Required' } }), 'Unknown', 'NotObserved', 'no member is ready'],
    ['nobody has certificates', aCluster({ tls: { mode: 'Off' } }).running(), 'False', 'PlainText', 'speak in plain text'],
  ]
  test.each(rows)('%s', (_, seen, status, reason, says) => {
    expect(encrypted(seen)).toMatchObject({ status, reason, message: expect.stringContaining(says) })
  })

  test('the spec alone proves nothing', () => {
    expect(encrypted(view)).toMatchObject({ status: 'Unknown' })
  })
})
