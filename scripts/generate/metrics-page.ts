import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalogue } from '../../src/report/metrics/catalogue.ts'
import type { Family } from '../../src/report/metrics/family.ts'

const path = 'docs/operations/metrics.md'
const begin = '<!-- Generated from src/report/metrics/catalogue/ by `npm run generate`: change the texts there. -->'
const end = '<!-- End of what is generated. -->'

/** docs/operations/metrics.md with the tables of all metrics between the marks. Path and text. */
export function metricsPage(root: string): readonly [path: string, text: string] {
  const [before, , after] = readFileSync(join(root, path), 'utf8').split(new RegExp(`(?<=${begin}\n)([^]*)(?=${end})`))
  if (before === undefined || after === undefined) throw new Error(`${path} lacks its marks: ${begin} and ${end}`)
  const tables = Object.entries(catalogue).map(([title, topic]) => `### ${title}\n\n${tableOf(Object.values(topic))}`)
  return [path, `${before}\n${tables.join('\n')}\n${after}`]
}

function tableOf(families: readonly Family[]): string {
  return ['| Metric | Type | What |', '|---|---|---|', ...families.map(rowOf)].join('\n').concat('\n')
}

function rowOf({ name, type, labels, help, advice }: Family): string {
  const more = labels.filter((label) => label !== 'namespace' && label !== 'etcd_cluster')
  const shown = more.length === 0 ? `\`${name}\`` : `\`${name}\` by ${more.map((label) => `\`${label}\``).join(', ')}`
  return `| ${shown} | ${type} | ${help}${advice === undefined ? '' : ` ${advice}${advice.endsWith('.') ? '' : '.'}`} |`
}
