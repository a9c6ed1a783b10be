import { Cron } from 'croner'

/** When a schedule is due: a five-field cron expression and an IANA time zone. */
export interface CronTable {
  readonly schedule: string
  readonly timeZone: string
}

/** Which field can't be read and why; undefined: the table can be used. All other functions here need one that can. */
export function problemOf({ schedule, timeZone }: CronTable): string | undefined {
  if (!isTimeZone(timeZone)) return `spec.timeZone "${timeZone}" is no time zone that is known here; use an IANA name like Europe/Berlin`
  const strange = strangeIn(schedule)
  if (strange !== undefined) return `spec.schedule "${schedule}": ${strange}`
  try {
    if (parse({ schedule, timeZone }).nextRun(new Date(anyTime)) === null)
      return `spec.schedule "${schedule}" is never due: no month has that day`
    return undefined
  } catch (error) {
    return `spec.schedule "${schedule}": ${String(error instanceof Error ? error.message : error).replace(/^CronPattern: /, '')}`
  }
}

/**
 * The first time after `afterMs` at which the table is due; undefined: never again.
 *
 * When the clocks change, a table with times of day (no `*`, no step in minute and hour: `30 2 * * *`) is due once a day all
 * the same. A time that is skipped in spring is made up for at the first moment after the gap; of one that comes twice in
 * autumn only the first counts. A table with intervals (`*` or a step: every 15 minutes) follows what the clock on the wall
 * shows: nothing is made up for, and both passes of an hour that comes twice count, so that its distances stay the same.
 */
export function nextRun(table: CronTable, afterMs: number): number | undefined {
  return parse(table).nextRun(new Date(afterMs))?.getTime()
}

/** The last time up to and including `untilMs` at which the table was due. */
export function previousRun(table: CronTable, untilMs: number): number | undefined {
  // croner looks for what lies before a whole second, without that second itself.
  const [run] = parse(table).previousRuns(1, new Date(Math.floor(untilMs / 1000) * 1000 + 1000))
  return run?.getTime()
}

/** The first `most` of the times after `fromMs`, up to and including `untilMs`. */
export function runsBetween(table: CronTable, fromMs: number, untilMs: number, most: number): readonly number[] {
  const runs: number[] = []
  for (let run = nextRun(table, fromMs); run !== undefined && run <= untilMs && runs.length < most; run = nextRun(table, run))
    runs.push(run)
  return runs
}

/** Whether a table is ever due doesn't depend on when one asks. */
const anyTime = Date.parse('2026-01-01T00:00:00Z')
const mostTables = 1000
/** Reading a table takes as long as asking it. */
const parsed = new Map<string, Cron>()

function parse({ schedule, timeZone }: CronTable): Cron {
  const key = `${timeZone} ${schedule}`
  const known = parsed.get(key)
  if (known !== undefined) return known
  // Paused, and without a function: croner never starts a timer of its own.
  const cron = new Cron(schedule, { timezone: timeZone, mode: '5-part', fixedTimeRule: 'no-wildcard', paused: true })
  if (parsed.size >= mostTables) parsed.clear()
  parsed.set(key, cron)
  return cron
}

function isTimeZone(name: string): boolean {
  try {
    return name !== '' && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const names = /(?<![A-Z])(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT)(?![A-Z])/gi

/** What other cron dialects have and this one hasn't: `?` would stand for the moment of the question, L, W and # for rules that few know. */
function strangeIn(schedule: string): string | undefined {
  if (schedule.trim().split(/[ \t]+/).length !== 5) return 'five fields are needed: minute, hour, day of the month, month, day of the week'
  const [strange] = /[^0-9*,/\- \t]/.exec(schedule.replace(names, '0')) ?? []
  return strange === undefined ? undefined : `"${strange}" can't be used; numbers, names of months and days, * , - and / can`
}
