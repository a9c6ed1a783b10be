import { describe, expect, it } from 'vitest'
import { mayRepeat } from '../../client/kv.ts'
import { type Ledger, newLedger } from '../../client/ledger.ts'

describe('the ledger of a writing client', () => {
  it('takes the longest time between two acknowledgements of one writer for the pause', () => {
    const ledger = newLedger(2, 0)
    told(ledger, { writer: 0, atMs: 10 })
    told(ledger, { writer: 1, atMs: 40 })
    told(ledger, { writer: 0, atMs: 130 })
    expect(ledger.totals(130)).toMatchObject({ acknowledged: 3, longestPauseMs: 120 })
  })

  it('counts a write that still waits', () => {
    const ledger = newLedger(1, 0)
    told(ledger, { atMs: 10 })
    expect(ledger.totals(700).longestPauseMs).toBe(690)
  })

  it('counts no time in which the writers rest, not even behind the write that was in flight', () => {
    const ledger = newLedger(1, 0)
    told(ledger, { atMs: 10 })
    ledger.paused(20)
    told(ledger, { atMs: 25 })
    ledger.resumed(5_000)
    told(ledger, { atMs: 5_030 })
    expect(ledger.totals(5_030).longestPauseMs).toBe(30)
  })

  it('says how long ninety-nine of a hundred writes took at most', () => {
    const ledger = newLedger(1, 0)
    for (let tookMs = 1; tookMs <= 200; tookMs += 1) told(ledger, { atMs: tookMs, tookMs })
    expect(ledger.totals(200).phases).toMatchObject([{ p99Ms: 198 }])
  })

  it('keeps the figures of each phase apart', () => {
    const ledger = newLedger(1, 0)
    told(ledger, { atMs: 10 })
    ledger.beginPhase('to 5', 20)
    told(ledger, { atMs: 90 })
    ledger.failed({ writer: 0, key: 'k', atMs: 95, error: 'UNAVAILABLE' })
    const { phases, failed } = ledger.totals(95)
    expect(failed).toBe(1)
    expect(phases).toMatchObject([
      { name: 'start', acknowledged: 1, failed: 0, longestPauseMs: 10 },
      { name: 'to 5', acknowledged: 1, failed: 1, longestPauseMs: 80 },
    ])
  })

  it('notices a revision that is not above the one before it, and a second cluster', () => {
    const ledger = newLedger(1, 0)
    told(ledger, { atMs: 1, revision: 7 })
    told(ledger, { atMs: 2, revision: 7, clusterId: '2' })
    expect(ledger.totals(2)).toMatchObject({ backwards: 1, clusterIds: ['1', '2'] })
  })

  it.each([
    { found: undefined, why: 'missing' },
    { found: { value: 'other', modRevision: 7 }, why: 'holds other' },
    { found: { value: 'v', modRevision: 6 }, why: 'at revision 6, acknowledged at 7' },
  ])('finds an acknowledged write that is $why', ({ found, why }) => {
    const ledger = newLedger(1, 0)
    told(ledger, { atMs: 1, key: 'k', revision: 7 })
    expect(ledger.compare(new Map(found ? [['k', { key: 'k', ...found }]] : [])).lost).toEqual([{ key: 'k', why }])
  })

  it('takes a write that a repeat wrote again, later, for kept', () => {
    const ledger = newLedger(1, 0)
    told(ledger, { atMs: 1, key: 'k', revision: 7 })
    expect(ledger.compare(new Map([['k', { key: 'k', value: 'v', modRevision: 9 }]])).lost).toEqual([])
  })

  it('expects what was acknowledged up to a revision, and nothing beyond it', () => {
    const ledger = newLedger(1, 0)
    told(ledger, { atMs: 1, key: 'before', revision: 7 })
    told(ledger, { atMs: 2, key: 'after', revision: 8 })
    const before = ['before', { key: 'before', value: 'v', modRevision: 7 }] as const
    const after = ['after', { key: 'after', value: 'v', modRevision: 8 }] as const
    expect(ledger.compare(new Map([before]), 7)).toEqual({ checked: 1, lost: [], beyond: [] })
    expect(ledger.compare(new Map([after]), 7)).toEqual({
      checked: 1,
      lost: [{ key: 'before', why: 'missing' }],
      beyond: [{ key: 'after', why: 'is there, from revision 8' }],
    })
  })
})

describe('a write that was not acknowledged', () => {
  it.each([
    [{ code: 14, details: 'connect ECONNREFUSED' }, true],
    [{ code: 14, details: 'etcdserver: leader changed' }, true],
    [{ code: 4, details: 'Deadline exceeded' }, true],
    [{ code: 1, details: 'Call cancelled' }, true],
    [{ code: 2, details: 'raft proposal dropped' }, true],
    [{ code: 2, details: 'raft: stopped' }, false],
    [{ code: 8, details: 'etcdserver: mvcc: database space exceeded' }, false],
  ])('%o is repeated: %s', (error, repeated) => {
    expect(mayRepeat(error)).toBe(repeated)
  })
})

let revision = 0

function told(
  ledger: Ledger,
  write: { atMs: number; tookMs?: number; writer?: number; key?: string; revision?: number; clusterId?: string },
): void {
  revision += 1
  ledger.acknowledged({
    writer: 0,
    key: `k${revision}`,
    value: 'v',
    revision: revision + 1000,
    clusterId: '1',
    tookMs: 1,
    tries: 1,
    ...write,
  })
}
