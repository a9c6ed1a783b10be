/** One line of the result. */
export interface Figure {
  readonly what: string
  readonly measured: string
  readonly limit: string
  readonly holds: boolean
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

/** A time as a multiple of another one, each the median of its rounds. */
export function ratioFigure(
  what: string,
  ours: readonly number[],
  yardstick: readonly number[],
  most: number,
  words: (times: readonly number[]) => string = secondsOf,
): Figure {
  const ratio = median(ours) / median(yardstick)
  return {
    what,
    measured: `**${ratio.toFixed(2)} x** (${words(ours)} against ${words(yardstick)})`,
    limit: `at most ${most} x`,
    holds: ratio <= most,
  }
}

export function limitFigure(what: string, value: number, unit: string, most: number, detail = ''): Figure {
  const rounded = unit === 's' ? value.toFixed(1) : String(Math.round(value))
  return {
    what,
    measured: `**${`${rounded} ${unit}`.trim()}**${detail === '' ? '' : ` (${detail})`}`,
    limit: most === 0 ? 'none' : `at most ${most} ${unit}`,
    holds: value <= most,
  }
}

/** The median, with the fastest and the slowest round. */
export function secondsOf(times: readonly number[]): string {
  return medianOf(times, 's', (ms) => (ms / 1000).toFixed(1))
}

export function millisecondsOf(times: readonly number[]): string {
  return medianOf(times, 'ms', (ms) => ms.toFixed(0))
}

function medianOf(times: readonly number[], unit: string, text: (ms: number) => string): string {
  if (times.length === 1) return `${text(times[0] ?? 0)} ${unit}`
  return `${text(median(times))} ${unit}, ${text(Math.min(...times))}-${text(Math.max(...times))} ${unit}`
}

export function markdownTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, measured, limit, holds }) => `| ${what} | ${measured} | ${limit} | ${holds ? 'yes' : '**no**'} |`)
  return ['| | measured | limit | held |', '|---|---|---|---|', ...rows].join('\n')
}
