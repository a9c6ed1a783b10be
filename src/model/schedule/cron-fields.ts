/** The five fields of a cron expression, in their order. The schema refuses as many of the same mistakes as it can. */
const fields: readonly CronField[] = [
  { name: 'minute', from: 0, to: 59, length: 60, words: [], takes: 'numbers from 0 to 59', example: '*/15 * * * *' },
  { name: 'hour', from: 0, to: 23, length: 24, words: [], takes: 'numbers from 0 to 23', example: '30 2 * * *' },
  { name: 'day of the month', from: 1, to: 31, length: 31, words: [], takes: 'numbers from 1 to 31', example: '0 4 1,15 * *' },
  {
    name: 'month',
    from: 1,
    to: 12,
    length: 12,
    words: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
    takes: 'numbers from 1 to 12 or JAN to DEC',
    example: '0 4 1 1-6 *',
  },
  {
    name: 'day of the week',
    from: 0,
    to: 7,
    length: 7,
    words: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
    takes: 'numbers from 0 to 7 (0 and 7 are Sunday) or SUN to SAT',
    example: '0 3 * * MON-FRI',
  },
]

interface CronField {
  readonly name: string
  readonly from: number
  readonly to: number
  /** How many different values there are. */
  readonly length: number
  readonly words: readonly string[]
  readonly takes: string
  readonly example: string
}

/** Why these aren't five fields that cron understands, with an example; undefined when they are. */
export function problemOfFields(schedule: string): string | undefined {
  if (!/^[^ \t\r\n]+([ \t]+[^ \t\r\n]+){4}$/.test(schedule))
    return `five fields on one line are needed (${fields.map(({ name }) => name).join(', ')}), for example "*/15 * * * *"`
  const parts = schedule.split(/[ \t]+/)
  return fields.flatMap((field, index) => problemOfField(field, parts[index] ?? '') ?? [])[0]
}

function problemOfField(field: CronField, part: string): string | undefined {
  const wrong = part.split(',').flatMap((item) => problemOfItem(field, item) ?? [])[0]
  return wrong && `the ${field.name} "${part}": ${wrong}; for example "${field.example}"`
}

/** `*`, a value or a range; a step after `*` or a range. */
function problemOfItem(field: CronField, item: string): string | undefined {
  const [range = '', step, more] = item.split('/')
  if (more !== undefined || (step !== undefined && !/^0*[1-9][0-9]*$/.test(step))) return `"${item}" is not a step such as */2`
  if (step !== undefined && Number(step) > field.length) return `the step ${step} is longer than the field`
  if (range === '*') return undefined
  const ends = range.split('-')
  const values = ends.map((end, index) => numberOf(field, end, index))
  const [first, last] = [values[0], values.at(-1)]
  if (ends.length > 2 || first === undefined || last === undefined) return `"${range}" is not * or ${field.takes}, or a range of them`
  if (first > last) return `the range ${range} ends before it begins`
  return step !== undefined && ends.length === 1
    ? `"${item}" has a step without a range: write */${step} or ${range}-${field.to}/${step}`
    : undefined
}

/** Sunday ends a week as 7: SAT-SUN. */
function numberOf({ from, to, words }: CronField, text: string, index: number): number | undefined {
  const word = words.indexOf(text.toUpperCase())
  if (word >= 0) return index > 0 && word === 0 && from === 0 ? 7 : word + from
  const value = /^[0-9]{1,2}$/.test(text) ? Number(text) : undefined
  return value !== undefined && value >= from && value <= to ? value : undefined
}
