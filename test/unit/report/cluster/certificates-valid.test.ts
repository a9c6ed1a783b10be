import { expect, test } from 'vitest'
import { known } from '../../../../src/model/known.ts'
import type { PortTls } from '../../../../src/model/tls/facts.ts'
import { certificatesValid } from '../../../../src/report/cluster/certificates-valid.ts'
import { tlsStatus } from '../../../../src/report/cluster/tls-status.ts'
import { aCluster, now } from '../../../builders/a-cluster.ts'
import { aServed, certificates } from '../../../builders/certificates.ts'

const day = 24 * 3600_000
const three = aCluster({ tls: { mode: 'Required' } }).running()

/** demo-1 serves its peers an earlier certificate than its Secret holds, which ends at this time. */
function servesLate(notAfter: number) {
  const port = (fingerprint: string, ends: number): PortTls => ({
    plain: known(false),
    served: known(aServed(fingerprint, ends)),
    accepts: new Map(),
  })
  const members = new Map(
    three.pods.map(({ name, uid }) => {
      const peer = name === 'demo-1' ? port('an earlier leaf', notAfter) : port('P-peer', now + 89 * day)
      return [name, { uid, client: port('C-server', now + 89 * day), peer }]
    }),
  )
  return three.with({ tls: certificates({ members }) })
}

test('every certificate is valid until the first one ends, also of those that members still serve', () => {
  expect(certificatesValid(three.with({ tls: certificates() }))).toMatchObject({ status: 'True', reason: 'Valid' })
  const view = servesLate(now + 29 * day)
  expect(certificatesValid(view)).toMatchObject({ status: 'True', reason: 'Valid' })
  expect(tlsStatus(view).tls?.nextExpiry).toBe(new Date(now + 29 * day).toISOString().replace('.000', ''))
})

test('a member to which its node does not bring the new certificate is told, with the node', () => {
  const node = three.pods.find(({ name }) => name === 'demo-1')?.node
  const ending = certificatesValid(servesLate(now + 3 * day))
  expect(ending).toMatchObject({ status: 'True', reason: 'ExpiringSoon', message: expect.stringContaining('port 2380 of demo-1') })
  expect(ending.message).toContain(`its node ${node}`)
  expect(certificatesValid(servesLate(now - 1))).toMatchObject({ status: 'False', reason: 'Expired' })
})
