import { Cron } from 'croner'
import { problemOfFields } from './cron-fields.ts'

/** When a schedule is due: a five-field cron expression and an IANA time zone. */
export interface CronTable {
  readonly schedule: string
  readonly timeZone: string
}

/** Which field can't be read and why; undefined: the table can be used. All other functions here need one that can. */
export function problemOf(table: CronTable): string | undefined {
  return read(table).problem
}

/**
 * The first time after `afterMs` at which the table is due; undefined: never again.
 *
 * When daylight saving time begins or ends, a table with times of day (no `*`, no step in minute and hour: `30 2 * * *`) is still due
 * once a day. A time that is skipped in spring is made up for at the first moment after the gap; of a time that comes twice in autumn
 * only the first counts. A table with intervals (`*` or a step: every 15 minutes) follows local time: nothing is made up for, and an
 * hour that comes twice counts twice. The intervals stay the same for a table that is due in every hour; with a step of hours
 * (every second hour) the interval over the change is an hour longer or shorter.
 */
export function nextRun(table: CronTable, afterMs: number): number | undefined {
  return cronOf(table).nextRun(new Date(afterMs))?.getTime()
}

/** The last time up to and including `untilMs` at which the table was due. */
export function previousRun(table: CronTable, untilMs: number): number | undefined {
  // croner finds runs before a whole second, without that second itself.
  const [run] = cronOf(table).previousRuns(1, new Date(Math.floor(untilMs / 1000) * 1000 + 1000))
  return run?.getTime()
}

/** The first `most` of the times after `fromMs`, up to and including `untilMs`. */
export function runsBetween(table: CronTable, fromMs: number, untilMs: number, most: number): readonly number[] {
  const runs: number[] = []
  for (let run = nextRun(table, fromMs); run !== undefined && run <= untilMs && runs.length < most; run = nextRun(table, run))
    runs.push(run)
  return runs
}

const hourMs = 3600_000
/** For how long runs are looked at, and how many at least: a week has all that five fields of hours and weekdays can say. */
const gapsWithinMs = 8 * 24 * hourMs
const fewestGaps = 13
/** Cached by time zone and schedule: looking costs up to a tenth of a second. */
const gaps = new Map<string, number | undefined>()

/**
 * The longest time between two runs that follow each other, milliseconds; undefined: there are no two. The runs around each hour of a week are
 * looked at, or for rarer runs thirteen in a row: they need not be the longest where months differ or daylight saving time begins.
 */
export function longestGapMs(table: CronTable): number | undefined {
  const key = `${table.timeZone} ${table.schedule}`
  if (!gaps.has(key)) {
    if (gaps.size >= maxReadings) gaps.clear()
    gaps.set(key, longestGapAnew(table))
  }
  return gaps.get(key)
}

function longestGapAnew(table: CronTable): number | undefined {
  let longest: number | undefined
  let at = nextRun(table, anyTime)
  for (let glance = 0; at !== undefined && (glance < fewestGaps || at < anyTime + gapsWithinMs); glance++) {
    const before = previousRun(table, at)
    const next = nextRun(table, at)
    if (before === undefined || next === undefined) break
    longest = Math.max(longest ?? 0, next - before)
    at = Math.max(next, at + hourMs)
  }
  return longest
}

interface Reading {
  readonly cron: Cron | undefined
  readonly problem: string | undefined
}

const maxReadings = 1000
/** Cached by time zone and schedule: parsing a table takes longer than asking it. */
const readings = new Map<string, Reading>()

function read(table: CronTable): Reading {
  const key = `${table.timeZone} ${table.schedule}`
  const known = readings.get(key)
  if (known !== undefined) return known
  const reading = readAnew(table)
  if (readings.size >= maxReadings) readings.clear()
  readings.set(key, reading)
  return reading
}

function cronOf(table: CronTable): Cron {
  const { cron, problem } = read(table)
  if (cron === undefined) throw new Error(`a table that can't be used is never due: ${problem}`)
  return cron
}

/** Whether a table is ever due doesn't depend on when one asks. */
const anyTime = Date.parse('2026-01-01T00:00:00Z')

function readAnew({ schedule, timeZone }: CronTable): Reading {
  if (!isTimeZone(timeZone))
    return unusable(`spec.timeZone ${JSON.stringify(timeZone)} is not a known time zone; use an IANA name, for example Europe/Berlin`)
  const shown = JSON.stringify(schedule)
  const problem = problemOfFields(schedule)
  if (problem !== undefined) return unusable(`spec.schedule ${shown}: ${problem}`)
  try {
    // Paused, and without a function: croner never starts a timer of its own.
    const cron = new Cron(schedule, { timezone: timeZone, mode: '5-part', fixedTimeRule: 'no-wildcard', paused: true })
    if (cron.nextRun(new Date(anyTime)) === null)
      return unusable(`spec.schedule ${shown} is never due, because no month that it names has that day; for example "0 4 1 * *"`)
    return { cron, problem: undefined }
  } catch {
    // The library's own words name parts of itself; a test compares what it takes with what the fields may hold.
    return unusable(`spec.schedule ${shown} can't be read as five cron fields; for example "*/15 * * * *"`)
  }
}

function unusable(problem: string): Reading {
  return { cron: undefined, problem }
}

function isTimeZone(name: string): boolean {
  try {
    return name !== '' && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
