import type { PanelJson } from '../generate/monitoring/queries.ts'
import type { Line } from './answers.ts'
import { type Box, colorOf, colors, line, lineColors, rect, text } from './svg.ts'
import { inUnit } from './units.ts'

/** Lines over time within a box, with an axis on the left and below, and the names under it. `from` and `to`: seconds since the epoch. */
export function drawGraph(
  panel: PanelJson,
  lines: readonly Line[],
  box: Box,
  { from, to }: { from: number; to: number },
): readonly string[] {
  const { unit, thresholds } = panel.fieldConfig?.defaults ?? {}
  const plot = { x: box.x + 62, y: box.y + 10, w: box.w - 76, h: box.h - 58 }
  const top = Math.max(...lines.flatMap(({ points }) => points.map(([, value]) => value)), 0)
  const isCount = lines.every(({ points }) => points.every(([, value]) => Number.isInteger(value)))
  const ticks = ticksUpTo(top, unit, isCount)
  const max = ticks.at(-1) ?? 1
  const x = (at: number) => plot.x + ((at - from) / (to - from)) * plot.w
  const y = (value: number) => plot.y + plot.h - (value / max) * plot.h
  const boundaries = (thresholds?.steps ?? []).flatMap(({ value, color }) => (value !== null && value <= max ? [{ value, color }] : []))
  return [
    ...ticks.map((tick) =>
      line(
        [
          [plot.x, y(tick)],
          [plot.x + plot.w, y(tick)],
        ],
        colors.grid,
      ),
    ),
    ...ticks.map((tick) => text(plot.x - 6, y(tick) + 4, inUnit(tick, unit), 56, { size: 11, color: colors.faint, anchor: 'end' })),
    ...timesBetween(from, to).map((at) =>
      text(x(at), plot.y + plot.h + 16, new Date(at * 1000).toISOString().slice(11, 16), 60, {
        size: 11,
        color: colors.faint,
        anchor: 'middle',
      }),
    ),
    ...boundaries.map(({ value, color }) =>
      line(
        [
          [plot.x, y(value)],
          [plot.x + plot.w, y(value)],
        ],
        colorOf(color),
        'stroke-dasharray="6 4"',
      ),
    ),
    ...lines.flatMap(({ points }, index) =>
      withoutGaps(points, (to - from) / 20).map((part) =>
        line(
          part.map(([at, value]) => [x(at), y(value)] as const),
          lineColors[index % lineColors.length] ?? '',
          'stroke-width="1.6"',
        ),
      ),
    ),
    ...legend(lines, { x: plot.x - 46, y: box.y + box.h - 14, w: box.w - 30, h: 14 }),
  ]
}

function legend(lines: readonly Line[], box: Box): readonly string[] {
  const widths = lines.map(({ name }) => name.length * 6.4 + 26)
  const total = widths.reduce((sum, width) => sum + width, 0)
  const shrink = Math.min(1, box.w / Math.max(1, total))
  let x = box.x
  return lines.flatMap(({ name }, index) => {
    const width = (widths[index] ?? 0) * shrink
    const parts = [
      rect({ x, y: box.y - 3, w: 10, h: 3 }, lineColors[index % lineColors.length] ?? ''),
      text(x + 14, box.y + 2, name, width - 16, { size: 11 }),
    ]
    x += width
    return parts
  })
}

/** Of a line, the pieces between which nothing was measured for longer than so many seconds. */
function withoutGaps(points: Line['points'], seconds: number): readonly Line['points'][] {
  const pieces: [number, number][][] = []
  for (const [at, value] of points) {
    const last = pieces.at(-1)
    if (last !== undefined && at - (last.at(-1)?.[0] ?? 0) <= seconds) last.push([at, value])
    else pieces.push([[at, value]])
  }
  return pieces
}

/** Round numbers from 0 to at least the highest value, at most six. */
function ticksUpTo(top: number, unit: string | undefined, isCount: boolean): readonly number[] {
  const base = unit === 'bytes' ? 1024 ** Math.max(0, Math.floor(Math.log2(Math.max(top, 1)) / 10)) : 1
  const rough = Math.max(top, 1e-9) / base / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10) * power * base
  const whole = isCount ? Math.max(step, 1) : step
  return Array.from({ length: Math.ceil(Math.max(top, whole) / whole - 1e-9) + 1 }, (_, index) => index * whole)
}

function timesBetween(from: number, to: number): readonly number[] {
  const step = [30, 60, 120, 300, 600, 1800, 3600].find((one) => (to - from) / one <= 7) ?? 7200
  const first = Math.ceil(from / step) * step
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, index) => first + index * step)
}
