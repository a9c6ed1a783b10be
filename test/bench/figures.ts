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
export function ratioFigure(what: string, ours: readonly number[], yardstick: readonly number[], most: number): Figure {
  const ratio = median(ours) / median(yardstick)
  return {
    what,
    measured: `**${ratio.toFixed(2)} x** (${secondsOf(ours)} against ${secondsOf(yardstick)})`,
    limit: `at most ${most} x`,
    holds: ratio <= most,
  }
}

/** The same for times of milliseconds, measured once. */
export function ratioOfMs(what: string, [ours = 0]: readonly number[], [yardstick = 0]: readonly number[], most: number): Figure {
  const ratio = ours / yardstick
  return {
    what,
    measured: `**${ratio.toFixed(2)} x** (${ours.toFixed(0)} ms against ${yardstick.toFixed(0)} ms)`,
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
  const text = (ms: number) => (ms / 1000).toFixed(1)
  if (times.length === 1) return `${text(times[0] ?? 0)} s`
  return `${text(median(times))} s, ${text(Math.min(...times))}-${text(Math.max(...times))} s`
}

export function markdownTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, measured, limit, holds }) => `| ${what} | ${measured} | ${limit} | ${holds ? 'yes' : '**no**'} |`)
  return ['| | measured | limit | held |', '|---|---|---|---|', ...rows].join('\n')
}
