import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { conditionTypes, isAgentReason, isReason, patienceMs, reasons } from '../../../src/api/reasons.ts'
import { environmentName, flags } from '../../../src/flags.ts'
import { families } from '../../../src/report/metrics/catalogue.ts'
import { documents, pages, root, text } from './files.ts'

test('every example is listed', () => {
  const files = globSync('*.yaml', { cwd: join(root, 'examples') })
  expect(files.length).toBeGreaterThan(8)
  for (const file of files) expect(text('examples/README.md')).toContain(`| [${file}](${file}) |`)
})

test('every reason is explained, and none that does not exist', () => {
  const known = Object.keys(reasons)
  const rows = new Set([...text('docs/operations/status.md').matchAll(/^\| `([A-Z]\w+)` \|/gm)].map(([, reason]) => reason))
  expect(known.filter((reason) => !rows.has(reason))).toEqual([])
  const others: readonly (string | undefined)[] = [...conditionTypes, 'Voter', 'Learner', 'Joining', 'Leaving', 'Failed']
  expect([...rows].filter((row) => !isReason(row) && !others.includes(row))).toEqual([])
})

test('what a backup or a restore can fail of stands on the page about it', () => {
  const known = Object.keys(reasons).filter(isAgentReason)
  expect(known.length).toBeGreaterThan(15)
  const troubles = ['backup', 'restore'].map((page) => text(`docs/operations/${page}.md`).split(/^## /m).find(isAboutTrouble) ?? '')
  const rows = troubles.join('').match(/^\| `[A-Z].*$/gm) ?? []
  const told = new Set(rows.flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, reason]) => reason)))
  expect(known.filter((reason) => !told.has(reason))).toEqual([])
  expect([...told].filter((reason) => !isReason(reason))).toEqual([])
})

test('how long each wait may last before it is Stalled is told', () => {
  const [, section = ''] = text('docs/operations/status.md').split('### How long a wait may last')
  const [table = ''] = section.split(/^#/m)
  const told = [...table.matchAll(/^\| (\d+) min \| (.*) \|$/gm)].flatMap(([, minutes, names = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => [name, Number(minutes) * 60_000]),
  )
  const waits = Object.keys(reasons).flatMap((reason) => (patienceMs(reason) === undefined ? [] : [[reason, patienceMs(reason)]]))
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(waits))
})

test('every condition is explained', () => {
  for (const type of conditionTypes) expect(text('docs/operations/status.md')).toContain(`\n| \`${type}\` |`)
})

test('everything that is installed is listed', () => {
  const [, rows = ''] = text('docs/operations/install.md').split('| What | Name |')
  const [table = ''] = rows.split('\n\n')
  const names = documents('deploy/install.yaml').map(({ metadata }) => metadata.name.replace(/\.etcd-operator\.dev$/, ''))
  // After the first of a row, names that begin alike are shortened: `:edit`.
  const isListed = (name: string) => [name, name.replace(/^etcd-operator\.dev:/, ':')].some((one) => table.includes(`\`${one}\``))
  expect(names.filter((name) => !isListed(name))).toEqual([])
})

test('every flag is explained with its environment variable, its default and its values, in the order of --help', () => {
  const rows = text('docs/operations/install.md').matchAll(/^\| `--(\S+)` \| `(\w+)` \| (.*?) \| (.*) \|$/gm)
  const told = [...rows].map(([, name = '', variable, value = '', what = '']) => ({ name, variable, value, what }))
  expect(told.map(({ name, variable }) => [name, variable])).toEqual(Object.keys(flags).map((name) => [name, environmentName(name)]))
  for (const { name, value, what } of told) {
    const flag: { default: string; values?: readonly string[] } = flags[name as keyof typeof flags]
    expect(value, name).toMatch(flag.default === '' ? /^empty/ : `\`${flag.default}\``)
    expect(flag.values?.filter((one) => !what.includes(`\`${one}\``)) ?? [], name).toEqual([])
  }
})

test('every metric that a page names exists', () => {
  const known = new Set(families.map(({ name }) => name))
  const named = ['README.md', ...globSync('docs/{operations,}/*.md', { cwd: root })].flatMap((page) =>
    [...text(page).matchAll(/\betcd_operator_\w+[a-z]/g)].map(([name]) => ({ page, name })),
  )
  expect(named.length).toBeGreaterThan(families.length)
  expect(named.filter(({ name }) => !known.has(name.replace(/_(bucket|count|sum)$/, '')))).toEqual([])
})

test('every runtime dependency is justified', () => {
  const { dependencies } = JSON.parse(text('package.json')) as { dependencies: Readonly<Record<string, string>> }
  const justified = [...text('docs/architecture.md').matchAll(/^\| `([@\w/-]+)` \| /gm)].map(([, name]) => name)
  for (const name of Object.keys(dependencies)) expect(justified).toContain(name)
})

test('every test that is named exists', () => {
  const tests = globSync('test/**', { cwd: root })
  const missing = pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/`((?:test\/)?[\w/-]+\.test\.ts|test\/[\w/-]+?)\/?`/g)]
      .map(([, name = '']) => name)
      .filter((name) => !tests.some((path) => path === name || path.endsWith(`/${name}`)))
      .map((name) => `${page}: ${name}`),
  )
  expect(missing).toEqual([])
})

test('every link leads somewhere', () => {
  const broken = pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^https?:/.test(target) && !leads(page, target))
      .map((target) => `${page}: ${target}`),
  )
  expect(broken).toEqual([])
})

function isAboutTrouble(section: string): boolean {
  return section.startsWith('When something goes wrong')
}

function leads(page: string, target: string): boolean {
  const [file = '', anchor] = target.split('#')
  const path = file === '' ? join(root, page) : join(root, dirname(page), file)
  if (!existsSync(path)) return false
  return anchor === undefined || headings(readFileSync(path, 'utf8')).includes(anchor)
}

/** As GitHub makes anchors of them. */
function headings(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replace(/\s/g, '-'),
  )
}

describe('what holds when things go wrong', () => {
  const page = text('docs/reliability.md')
  const found = [...page.matchAll(/^\| (\d+) \|.*$/gm)]
  const faults = [...page.matchAll(/^\| F(\d+) \|.*$/gm)]

  test('has its rows in order, and each fault that is reckoned with has one', () => {
    expect(found.map(([, number]) => Number(number))).toEqual(found.map((_, index) => index + 1))
    expect(faults.map(([, number]) => Number(number))).toEqual([...range(21, 56), ...range(64, 75)])
  })

  test.each([...found, ...faults].map(([row]) => ({ row, number: row.split(' | ')[0] })))(
    '$number names its tests, and they are there',
    ({ row }) => {
      const named = testsOf(row)
      if (named.length === 0) expect(row).toMatch(/\| no test: /)
      for (const { file, sentence } of named) {
        expect(existsSync(join(root, file)), file).toBe(true)
        expect(isIn(sentence, text(file)), `${file}: ${sentence}`).toBe(true)
      }
    },
  )
})

interface NamedTest {
  readonly file: string
  /** The title, or several; empty: the whole file. */
  readonly sentence: string
}

/** The last cell of a row: `file`: title; `file` */
function testsOf(row: string): readonly NamedTest[] {
  const cell = row.split(' | ').at(-1) ?? ''
  return [...cell.matchAll(/`(test\/[\w./-]+\.test\.ts)`(?:: (.*?))?(?=; `test\/| \|$)/g)].map(([, file = '', sentence = '']) => ({
    file,
    sentence,
  }))
}

/** Titles that are made of a row of a table stand there in parts. */
function isIn(sentence: string, file: string): boolean {
  const unescaped = file.replaceAll("\\'", "'")
  return [[sentence], sentence.split('; '), sentence.split(', ')].some((parts) => parts.every((part) => unescaped.includes(part)))
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
