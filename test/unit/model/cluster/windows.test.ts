import { describe, expect, test } from 'vitest'
import { annotation } from '../../../../src/api/labels.ts'
import { isWindowOpen, mayDisrupt, opensAt, windowProblems } from '../../../../src/model/cluster/windows.ts'
import { shortHash } from '../../../../src/model/hash.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'

const opens = (scene: Scene, at: string) => {
  const time = opensAt(scene.cluster, Date.parse(at))
  return time === undefined ? undefined : new Date(time).toISOString().replace(/:00\.000Z$/, 'Z')
}
const scene = (schedule: string, duration: string, timeZone?: string) => aCluster().withWindow(schedule, duration, timeZone)

describe('what disrupts may begin', () => {
  test.each([
    ['at any time where there are no windows', aCluster(), '2026-11-21T10:00Z', '2026-11-21T10:00Z'],
    ['when the window opens', scene('0 2 * * SUN', '4h'), '2026-11-21T10:00Z', '2026-11-22T02:00Z'],
    ['in its first moment', scene('0 2 * * SUN', '4h'), '2026-11-22T02:00Z', '2026-11-22T02:00Z'],
    ['in its last minute', scene('0 2 * * SUN', '4h'), '2026-11-22T05:59Z', '2026-11-22T05:59Z'],
    ['not when it closes', scene('0 2 * * SUN', '4h'), '2026-11-22T06:00Z', '2026-11-29T02:00Z'],
    ['at the time of its zone', scene('0 2 * * SUN', '4h', 'Asia/Tokyo'), '2026-11-21T10:00Z', '2026-11-21T17:00Z'],
    ['in a window of hours and minutes', scene('0 2 * * *', '1h30m'), '2026-11-22T03:29Z', '2026-11-22T03:29Z'],
    ['in a window that began the day before', scene('0 22 * * *', '4h'), '2026-11-22T01:00Z', '2026-11-22T01:00Z'],
    ['always in a window that opens before it closes', scene('0 * * * *', '2h'), '2026-11-21T10:59Z', '2026-11-21T10:59Z'],
    ['always in a window that opens when it closes', scene('0 * * * *', '1h'), '2026-11-21T10:00Z', '2026-11-21T10:00Z'],
    ['in one of two windows', scene('0 2 * * *', '1h').withWindow('0 9 * * *', '2h'), '2026-11-21T10:00Z', '2026-11-21T10:00Z'],
    [
      'in the longer of two that overlap',
      scene('0 9 * * *', '1h').withWindow('30 8 * * *', '3h'),
      '2026-11-21T11:00Z',
      '2026-11-21T11:00Z',
    ],
    ['in the window that opens first', scene('0 2 * * *', '1h').withWindow('0 20 * * *', '1h'), '2026-11-21T10:00Z', '2026-11-21T20:00Z'],
    ['on a day that comes every four years', scene('0 0 29 2 *', '1h'), '2026-11-21T10:00Z', '2028-02-29T00:00Z'],
    // Berlin: on 2026-03-29 the clocks go from 02:00 to 03:00, on 2026-10-25 from 03:00 back to 02:00.
    ['after a gap in spring, for a time in it', scene('30 2 * * *', '1h', 'Europe/Berlin'), '2026-03-29T00:30Z', '2026-03-29T01:00Z'],
    ['for its duration over the gap', scene('0 1 * * *', '2h', 'Europe/Berlin'), '2026-03-29T01:59Z', '2026-03-29T01:59Z'],
    ['and no longer', scene('0 1 * * *', '2h', 'Europe/Berlin'), '2026-03-29T02:00Z', '2026-03-29T23:00Z'],
    ['once where a time comes twice in autumn', scene('30 2 * * *', '30m', 'Europe/Berlin'), '2026-10-25T01:00Z', '2026-10-26T01:30Z'],
    [
      'for its duration over the hour that comes twice',
      scene('0 2 * * *', '2h', 'Europe/Berlin'),
      '2026-10-25T01:59Z',
      '2026-10-25T01:59Z',
    ],
  ])('%s', (_, { cluster }, at, expected) => {
    expect(opens(aCluster().with({ cluster }), at)).toBe(expected)
  })

  test.each([
    ['a schedule that never comes', scene('0 0 31 2 *', '4h'), 'spec.maintenance.windows[0].schedule "0 0 31 2 *" is never due'],
    ['a schedule that is none', scene('0 2 * *', '4h'), 'spec.maintenance.windows[0].schedule "0 2 * *": five fields'],
    ['a time zone that nobody knows', scene('0 2 * * *', '4h', 'Mars/Olympus'), 'spec.maintenance.windows[0].timeZone "Mars/Olympus"'],
    ['a duration that is none', scene('0 2 * * *', '4d'), 'spec.maintenance.windows[0].duration "4d" is not a duration, for example 4h'],
    ['no time at all', scene('0 2 * * *', '0s'), 'spec.maintenance.windows[0].duration "0s" is not a duration'],
    ['a second window that is wrong', scene('0 2 * * *', '4h').withWindow('0 2 * * *', ''), 'spec.maintenance.windows[1].duration ""'],
  ])('never with %s, and the field is named', (_, { cluster, now }, says) => {
    expect(windowProblems(cluster)).toEqual([expect.stringContaining(says)])
    expect(opensAt(cluster, now)).toBeUndefined()
    expect(mayDisrupt({ cluster, now }, {})).toBe(false)
  })

  test('with the approval of that very turn', () => {
    const turn = { do: 'DeletePod', member: 'demo-0', uid: 'u1' }
    const closed = aCluster().outsideWindow()
    expect(mayDisrupt(closed, turn)).toBe(false)
    expect(mayDisrupt(closed.annotated({ [annotation.approve]: shortHash(turn) }), turn)).toBe(true)
    expect(mayDisrupt(closed.annotated({ [annotation.approve]: shortHash(turn) }), { ...turn, uid: 'u2' })).toBe(false)
  })

  test('without having been asked for, only where there are windows', () => {
    expect(isWindowOpen(aCluster())).toBe(false)
    expect(isWindowOpen(aCluster().outsideWindow())).toBe(false)
    expect(isWindowOpen(aCluster().withWindow('0 9 * * *', '2h'))).toBe(true)
  })

  test('in a cluster that was stored before there were windows', () => {
    const { cluster, now } = aCluster()
    const { windows: _, ...maintenance } = cluster.spec.maintenance
    const older = { ...cluster, spec: { ...cluster.spec, maintenance } } as unknown as typeof cluster // As an older schema let it be.
    expect(opensAt(older, now)).toBe(now)
  })
})
