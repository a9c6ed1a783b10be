import { expect, test } from 'vitest'
import { topTable } from '../../../../src/plugin/cluster/top-table.ts'
import { plain } from '../../../../src/plugin/text.ts'
import { aSeenCluster } from '../../../builders/a-seen-cluster.ts'

const performance = {
  observedAt: '2026-11-21T10:00:00Z',
  members: [
    { name: 'demo-0', fsyncP99: '4ms', commitP99: '6ms', peerRttP99: '2ms' },
    { name: 'demo-1', fsyncP99: '1.2s' },
  ],
  hint: { reason: 'SlowDisk', message: 'demo-1 takes 1.2s', since: '2026-11-21T10:00:00Z' },
}
const spec = { size: 2 as never, storage: { size: '8Gi' }, etcd: { quotaBackendBytes: '2200Mi' } }

test('a line for each member, and what is slow in words', () => {
  const cluster = aSeenCluster({ spec, members: [{ dbSize: '220Mi' }], status: { performance } as never })
  expect(topTable([cluster], { hasNamespaces: false, room: { columns: undefined } }).map(plain)).toEqual([
    'MEMBER  ROLE       DB  IN USE  QUOTA  FULL  LAG  FSYNC P99  COMMIT P99  RTT P99',
    'demo-0  voter   220Mi   1.4Gi  2.1Gi   10%    0        4ms         6ms      2ms',
    'demo-1  leader  2.1Gi   1.4Gi  2.1Gi   98%    -       1.2s',
    '',
    'demo: SlowDisk: demo-1 takes 1.2s',
  ])
})

test('an operator that measures nothing leaves the figures empty', () => {
  const lines = topTable([aSeenCluster()], { hasNamespaces: true, room: { columns: 60 } }).map(plain)
  expect(lines[0]).toBe('MEMBER     DB  IN USE  FULL  FSYNC P99  COMMIT P99  RTT P99')
  expect(lines[1]).toBe('demo-0  2.1Gi   1.4Gi  105%')
})

test('what stands in the status is no text to trust', () => {
  const odd = { members: [null, { name: 7 }, { name: 'demo-0', fsyncP99: { x: 1 } }], hint: 'no object' }
  const lines = topTable([aSeenCluster({ status: { performance: odd } as never })], { hasNamespaces: false, room: { columns: 80 } })
  expect(lines).toHaveLength(4)
})
