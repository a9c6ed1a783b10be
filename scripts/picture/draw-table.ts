import type { PanelJson } from '../generate/monitoring/queries.ts'
import type { PanelAnswer } from './answers.ts'
import { type Box, colorOf, colors, line, rect, text } from './svg.ts'
import { inUnit } from './units.ts'

interface Override {
  readonly matcher: { readonly options: string }
  readonly properties: readonly { readonly id: string; readonly value: unknown }[]
}

type TableJson = PanelJson & {
  readonly transformations?: readonly {
    readonly id: string
    readonly options: { readonly renameByName?: Readonly<Record<string, string>> }
  }[]
  readonly fieldConfig?: { readonly overrides?: readonly Override[] }
}

/** Rows of what the queries have in common, as the transformations `merge` and `organize` make them. */
export function drawTable({ panel, cells }: PanelAnswer, box: Box): readonly string[] {
  const { transformations = [], fieldConfig } = panel as TableJson
  const rename = transformations.find(({ id }) => id === 'organize')?.options.renameByName ?? {}
  const labels = Object.keys(rename).filter((name) => !name.startsWith('Value'))
  const columns = Object.keys(rename)
  const keys = [...new Set(cells.map((cell) => labels.map((label) => cell.labels[label] ?? '').join('/')))].toSorted()
  const width = box.w / columns.length
  const height = 26
  const at = (index: number) => box.x + index * width + 10
  if (keys.length === 0) return [text(box.x + box.w / 2, box.y + box.h / 2, 'nothing', box.w, { anchor: 'middle', color: colors.faint })]
  return [
    ...columns.map((name, index) =>
      text(at(index), box.y + 18, rename[name] ?? name, width - 14, { size: 12, isBold: true, color: '#0b62a8' }),
    ),
    ...keys.flatMap((key, row) => {
      const y = box.y + 26 + row * height
      return [
        line(
          [
            [box.x, y],
            [box.x + box.w, y],
          ],
          colors.grid,
        ),
        ...columns.flatMap((name, index) => {
          const cell = cells.find((one) => labels.map((label) => one.labels[label] ?? '').join('/') === key && isOf(name, one.refId))
          if (!name.startsWith('Value')) return [text(at(index), y + 18, key.split('/')[labels.indexOf(name)] ?? '', width - 14)]
          if (cell === undefined) return []
          const shown = lookOf(fieldConfig?.overrides ?? [], rename[name] ?? name, cell.value)
          return [
            ...(shown.color === undefined
              ? []
              : [rect({ x: box.x + index * width + 2, y: y + 2, w: width - 4, h: height - 4 }, shown.color)]),
            text(at(index), y + 18, shown.words, width - 14, { color: shown.color === undefined ? colors.text : '#ffffff' }),
          ]
        }),
      ]
    }),
  ]
}

function isOf(name: string, refId: string): boolean {
  return name === 'Value' || name === `Value #${refId}`
}

function lookOf(
  overrides: readonly Override[],
  heading: string,
  value: number,
): { readonly words: string; readonly color: string | undefined } {
  const property = (id: string) =>
    overrides
      .filter(({ matcher }) => matcher.options === heading)
      .flatMap(({ properties }) => properties)
      .find((one) => one.id === id)?.value
  const mappings = (property('mappings') ?? []) as readonly { readonly options: Readonly<Record<string, { readonly text: string }>> }[]
  const steps = (property('thresholds') as { steps: readonly { value: number | null; color: string }[] } | undefined)?.steps ?? []
  const step = steps.findLast((one) => one.value === null || value >= one.value)
  const mapped = mappings.map(({ options }) => options[String(value)]?.text).find((words) => words !== undefined)
  return { words: mapped ?? inUnit(value, String(property('unit') ?? 'short')), color: step && colorOf(step.color) }
}
