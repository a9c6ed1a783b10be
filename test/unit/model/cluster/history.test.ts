import { describe, expect, test } from 'vitest'
import { keptHistory, msUntilAllIsOld, oldRevision, withSample } from '../../../../src/model/cluster/history.ts'
import type { RevisionSample } from '../../../../src/model/cluster/memory.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'

type AutoCompaction = { mode: 'periodic' | 'revision'; retention: string }
const minute = 60_000
const keeping = (autoCompaction: AutoCompaction, revision = 500) =>
  aCluster({ size: 1, etcd: { autoCompaction } }).running().withAnswer('demo-0', { revision })
const anHour = keeping({ mode: 'periodic', retention: '1h' })

/** The operator looks every ten seconds, for so many minutes; the revision grows by one each time. */
function watched(scene: Scene, minutes: number, grows = true): Scene {
  let [view, samples]: [Scene, readonly RevisionSample[]] = [scene, []]
  for (let look = 0; look <= minutes * 6; look += 1) {
    samples = withSample(samples, view)
    const revision = grows ? 501 + look : 500
    view = view.later(10_000).withAnswer('demo-0', { revision })
  }
  return view.remembering({ revisions: samples })
}

describe('the history that stays', () => {
  test.each<[AutoCompaction, object]>([
    [{ mode: 'periodic', retention: '30m' }, { ms: 30 * minute }],
    [{ mode: 'periodic', retention: '0' }, { ms: 60 * minute }],
    [{ mode: 'revision', retention: '10000' }, { revisions: 10_000 }],
    [{ mode: 'revision', retention: '0' }, { ms: 60 * minute }],
  ])('of %j is %j', (autoCompaction, kept) => {
    expect(keptHistory(keeping(autoCompaction).cluster)).toEqual(kept)
  })
})

describe('the revision up to which the history may go', () => {
  test('is counted back from the present one where a number of revisions stays', () => {
    expect(oldRevision(keeping({ mode: 'revision', retention: '100' }))).toBe(400)
    expect(oldRevision(keeping({ mode: 'revision', retention: '500' }))).toBeUndefined()
  })

  test('is not known before the operator has watched for the whole time', () => {
    expect(oldRevision(anHour)).toBeUndefined()
    expect(oldRevision(watched(anHour, 59))).toBeUndefined()
  })

  test('is one that was reached an hour ago, and at most a minute older', () => {
    const view = watched(anHour, 90)
    const anHourAgo = 500 + 30 * 6
    expect(oldRevision(view)).toBeLessThanOrEqual(anHourAgo + 1)
    expect(oldRevision(view)).toBeGreaterThanOrEqual(anHourAgo - 12)
  })

  test('is the present one when nothing was written for an hour', () => {
    expect(msUntilAllIsOld(watched(anHour, 20, false))).toBeLessThanOrEqual(40 * minute)
    const view = watched(anHour, 61, false)
    expect(oldRevision(view)).toBe(500)
    expect(msUntilAllIsOld(view)).toBeUndefined()
  })

  test('takes little memory to find', () => {
    expect(watched(anHour, 300).memory.revisions.length).toBeLessThan(70)
  })
})
