import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { schemaOf } from '../../../../scripts/generate/schema.ts'
import { nextRun, previousRun, problemOf, runsBetween } from '../../../../src/model/schedule/cron.ts'
import { problemOfFields } from '../../../../src/model/schedule/cron-fields.ts'

const at = (time: string) => Date.parse(time)
const iso = (run: number | undefined) => (run === undefined ? undefined : new Date(run).toISOString().slice(0, 16))
const between = (schedule: string, timeZone: string, from: string, until: string) =>
  runsBetween({ schedule, timeZone }, at(from), at(until), 1000).map(iso)

describe('a schedule that can be used', () => {
  test.each(['*/15 * * * *', '0 3 * * MON-FRI', '0 0 1 jan,jul *', '5,35 1-5/2 * * 7', '0\t0 * * *'])('is %s', (schedule) => {
    expect(problemOf({ schedule, timeZone: 'Europe/Berlin' })).toBeUndefined()
  })

  test.each([
    ['60 * * * *', 'the minute "60": "60" is not * or numbers from 0 to 59, or a range of them; for example "*/15 * * * *"'],
    ['0 24 * * *', 'the hour "24": "24" is not * or numbers from 0 to 23'],
    ['0 0 0 * *', 'the day of the month "0"'],
    ['0 0 * JANUARY *', 'numbers from 1 to 12 or JAN to DEC'],
    ['0 0 * * 8', 'the day of the week "8"'],
    ['10-5 * * * *', 'the range 10-5 ends before it begins'],
    ['*/0 * * * *', '"*/0" is not a step such as */2'],
    ['*/90 * * * *', 'the step 90 is longer than the field'],
    ['5/10 * * * *', '"5/10" has a step without a range: write */10 or 5-59/10'],
    ['0 3 * * *\n', 'five fields on one line'],
    ['* * * *', 'five fields'],
    ['* * * * * *', 'five fields'],
    ['@daily', 'five fields'],
    ['? * * * *', 'the minute "?"'],
    ['0 0 L * *', 'the day of the month "L"'],
    ['0 0 1W * *', 'the day of the month "1W"'],
    ['0 0 * * 5#2', 'the day of the week "5#2"'],
    ['0 0 30 2 *', 'never due'],
  ])('is not %s: %s', (schedule, why) => {
    expect(problemOf({ schedule, timeZone: 'Etc/UTC' })).toMatch(/^spec\.schedule /)
    expect(problemOf({ schedule, timeZone: 'Etc/UTC' })).toContain(why)
    expect(problemOf({ schedule, timeZone: 'Etc/UTC' })).not.toMatch(/\n|CronPattern|Syntax/)
  })

  test.each(['Mars/Olympus', '', 'Local'])('is in no time zone "%s"', (timeZone) => {
    expect(problemOf({ schedule: '* * * * *', timeZone })).toContain(`spec.timeZone "${timeZone}"`)
  })
})

describe('five fields', () => {
  const item = fc.oneof(
    fc.constantFrom('*', '*/2', '*/7', '*/90', 'MON', 'sun', 'SAT-SUN', 'JAN', 'dec', '5/10', '?', 'L', '1-5/2', '7-1', '00', '005', ''),
    fc.integer({ min: 0, max: 70 }).map(String),
    fc.tuple(fc.integer({ min: 0, max: 35 }), fc.integer({ min: 0, max: 35 })).map(([from, to]) => `${from}-${to}`),
    fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 30 }), fc.nat({ max: 70 })).map(([from, to, step]) => `${from}-${to}/${step}`),
  )
  const part = fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    item,
    fc.tuple(item, item).map(([a, b]) => `${a},${b}`),
  )
  const schedules = fc.array(part, { minLength: 5, maxLength: 5 }).map((parts) => parts.join(' '))

  test('that are found sound are taken by the library', () => {
    fc.assert(
      fc.property(schedules, (schedule) => {
        fc.pre(problemOfFields(schedule) === undefined)
        expect(problemOf({ schedule, timeZone: 'Etc/UTC' }) ?? '').not.toContain("can't be read")
      }),
      { numRuns: 2000 },
    )
  })

  test('that the schema refuses are refused here as well, and it takes all that are sound', () => {
    const rules = schemaRules()
    expect(rules).toHaveLength(6)
    fc.assert(
      fc.property(schedules, (schedule) => {
        const isTaken = rules.every((rule) => rule.test(schedule))
        const problem = problemOfFields(schedule)
        if (problem === undefined) expect(isTaken).toBe(true)
        // What a pattern can't say: an order, and how long a step may be.
        else if (isTaken) expect(problem).toMatch(/ends before it begins|is longer than the field/)
      }),
      { numRuns: 2000 },
    )
  })
})

/** The regular expressions of the CRD: the first says that there are five fields, the others look at one each. */
function schemaRules(): readonly RegExp[] {
  const crd = readFileSync(new URL('../../../../crds/etcdbackupschedules.yaml', import.meta.url), 'utf8')
  const rules = schemaOf(load(crd)).properties?.spec?.properties?.schedule?.['x-kubernetes-validations'] ?? []
  return rules.map(({ rule }) => new RegExp([...rule.matchAll(/matches\('(.*?)'\)/g)].at(-1)?.[1]?.replaceAll('\\\\', '\\') ?? 'none'))
}

describe('a time of day', () => {
  test.each<[string, string, string, string, readonly string[]]>([
    ['that is skipped in spring is due after the gap', '30 2 * * *', 'Europe/Berlin', '2026-03-28', ['28T01:30', '29T01:00', '30T00:30']],
    ['that comes twice in autumn is due once', '30 2 * * *', 'Europe/Berlin', '2026-10-24', ['24T00:30', '25T00:30', '26T01:30']],
    ['is skipped in New York', '30 2 * * *', 'America/New_York', '2026-03-07', ['07T07:30', '08T07:00', '09T06:30']],
    ['comes twice in New York', '30 1 * * *', 'America/New_York', '2026-10-31', ['31T05:30', '01T05:30', '02T06:30']],
    [
      'is skipped where clocks change by half an hour',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03',
      ['03T15:30', '04T15:15', '05T15:15'],
    ],
    [
      'comes twice where clocks change by half an hour',
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2026-04-04',
      ['04T14:45', '05T15:15', '06T15:15'],
    ],
    ['is skipped at midnight in Cairo', '0 0 * * *', 'Africa/Cairo', '2026-04-22', ['22T22:00', '23T22:00', '24T21:00']],
    ['is skipped at midnight in Beirut', '0 0 * * *', 'Asia/Beirut', '2026-03-27', ['27T22:00', '28T22:00', '29T21:00']],
    ['comes twice around midnight in Cairo', '30 23 * * *', 'Africa/Cairo', '2026-10-28', ['28T20:30', '29T20:30', '30T21:30']],
    ['never changes in UTC', '30 2 * * *', 'Etc/UTC', '2026-03-28', ['28T02:30', '29T02:30', '30T02:30']],
  ])('%s: %s in %s', (_, schedule, timeZone, day, expected) => {
    const from = at(`${day}T00:00:00Z`)
    expect(runsBetween({ schedule, timeZone }, from, from + 4 * 86_400_000, 3).map((run) => iso(run)?.slice(8))).toEqual(expected)
  })

  test('that is skipped is no second run where another one is due at the end of the gap', () => {
    const runs = between('0 2,3 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z')
    expect(runs).toEqual(['2026-03-29T01:00'])
  })

  test('may be one of a list: each is due once when the hour comes twice', () => {
    const runs = between('0,30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z')
    expect(runs).toEqual(['2026-10-25T00:00', '2026-10-25T00:30'])
  })

  test('on a day that few months have waits for one', () => {
    expect(between('0 0 29 2 *', 'Etc/UTC', '2026-01-01T00:00:00Z', '2033-01-01T00:00:00Z')).toEqual([
      '2028-02-29T00:00',
      '2032-02-29T00:00',
    ])
    expect(between('0 0 31 * *', 'Etc/UTC', '2026-01-01T00:00:00Z', '2026-07-01T00:00:00Z')).toEqual([
      '2026-01-31T00:00',
      '2026-03-31T00:00',
      '2026-05-31T00:00',
    ])
  })
})

describe('an interval', () => {
  const changes = [
    ['Europe/Berlin', '2026-03-29'],
    ['Europe/Berlin', '2026-10-25'],
    ['America/New_York', '2026-03-08'],
    ['America/New_York', '2026-11-01'],
    ['Australia/Lord_Howe', '2026-04-04'],
    ['Australia/Lord_Howe', '2026-10-03'],
    ['Africa/Cairo', '2026-04-23'],
    ['Africa/Cairo', '2026-10-29'],
    ['Asia/Beirut', '2026-03-28'],
  ] as const

  test.each(changes)('of 15 minutes stays one when clocks change in %s on %s', (timeZone, day) => {
    const from = at(`${day}T00:00:00Z`) - 86_400_000
    const runs = runsBetween({ schedule: '*/15 * * * *', timeZone }, from, from + 3 * 86_400_000, 1000)
    expect(runs).toEqual(Array.from({ length: 3 * 96 }, (_, index) => from + (index + 1) * 900_000))
  })

  test.each([
    ['0 * * * *', 'spring', '2026-03-28T22:30:00Z', ['23:00', '00:00', '01:00', '02:00', '03:00']],
    ['0 * * * *', 'autumn', '2026-10-24T21:30:00Z', ['22:00', '23:00', '00:00', '01:00', '02:00']],
    // Three hours without one.
    ['0 */2 * * *', 'spring', '2026-03-28T20:30:00Z', ['21:00', '23:00', '02:00', '04:00', '06:00']],
    // At two o'clock, and at two o'clock again.
    ['0 */2 * * *', 'autumn', '2026-10-24T21:30:00Z', ['22:00', '00:00', '01:00', '03:00', '05:00']],
  ])('of hours, %s, follows the clock in Berlin in %s', (schedule, _, from, expected) => {
    const runs = runsBetween({ schedule, timeZone: 'Europe/Berlin' }, at(from), at(from) + 86_400_000, 5)
    expect(runs.map((run) => iso(run)?.slice(11))).toEqual(expected)
  })

  test('within an hour that is skipped is not made up for', () => {
    expect(between('*/20 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z')).toEqual([])
  })

  test('within an hour that comes twice is due in both', () => {
    expect(between('*/30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z')).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T00:30',
      '2026-10-25T01:00',
      '2026-10-25T01:30',
    ])
  })
})

describe('the runs', () => {
  const tables = fc.record({
    schedule: fc.constantFrom('*/15 * * * *', '30 2 * * *', '0 0 * * *', '0,30 1-3 * * *', '0 */6 * * *', '0 0 29 2 *', '0 3 * * MON'),
    timeZone: fc.constantFrom('Etc/UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo', 'Asia/Beirut'),
  })
  const times = fc.integer({ min: at('2025-01-01T00:00:00Z'), max: at('2029-01-01T00:00:00Z') })

  test('are the same looking forward and looking back', () => {
    fc.assert(
      fc.property(tables, times, (table, time) => {
        const next = nextRun(table, time) ?? Number.NaN
        expect(next).toBeGreaterThan(time)
        expect(previousRun(table, next)).toBe(next)
        const before = previousRun(table, next - 1) ?? Number.NaN
        expect(before).toBeLessThanOrEqual(time)
        expect(nextRun(table, before)).toBe(next)
      }),
      { numRuns: 300 },
    )
  })

  test('are told up to a bound', () => {
    const table = { schedule: '* * * * *', timeZone: 'Etc/UTC' }
    expect(runsBetween(table, at('2026-01-01T00:00:00Z'), at('2036-01-01T00:00:00Z'), 3)).toHaveLength(3)
    expect(runsBetween(table, at('2026-01-01T00:00:00Z'), at('2026-01-01T00:00:59Z'), 3)).toEqual([])
  })
})
