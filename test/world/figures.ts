import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import type { Explored } from './search.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the explorations of one run leave their figures. */
    readonly figures: string
  }
}

interface Figure extends Pick<Explored, 'states' | 'transitions' | 'ms'> {
  readonly file: string
  readonly test: string
}

/** Keeps the figures of an exploration for the table at the end of the run. */
export function record({ states, transitions, ms }: Pick<Explored, 'states' | 'transitions' | 'ms'>): void {
  const { currentTestName: test = '', testPath = '' } = expect.getState()
  const folder = inject('figures')
  const file = basename(testPath).replace('.test.ts', '')
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${JSON.stringify({ file, test, states, transitions, ms } satisfies Figure)}\n`)
}

/** Vitest calls it before the world's tests; what it returns comes after them, and prints the table. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'etcd-operator-world-'))
  project.provide('figures', folder)
  return () => {
    const figures = readdirSync(folder).flatMap((name) => read(join(folder, name)))
    rmSync(folder, { recursive: true, force: true })
    if (figures.length > 0) console.log(table(figures))
  }
}

function read(path: string): readonly Figure[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** Every exploration in a long run; the files' sums in any run. */
function table(figures: readonly Figure[]): string {
  const isLong = process.env.TEST_LONG !== undefined || process.env.FIGURES !== undefined
  const files = [...new Set(figures.map(({ file }) => file))].toSorted()
  const rows = files.flatMap((file) => {
    const own = figures.filter((figure) => figure.file === file)
    return [...(isLong ? own.map((figure) => row(`  ${figure.test}`, [figure])) : []), row(file, own)]
  })
  return ['', head, ...rows, row('all explorations', figures), ''].join('\n')
}

const head = `${'states'.padStart(11)}${'transitions'.padStart(13)}${'seconds'.padStart(9)}  exploration`

function row(name: string, figures: readonly Figure[]): string {
  const sum = (key: 'states' | 'transitions' | 'ms') => figures.reduce((total, figure) => total + figure[key], 0)
  const [states, transitions] = [sum('states'), sum('transitions')].map((value) => value.toLocaleString('en-US'))
  return `${states?.padStart(11)}${transitions?.padStart(13)}${(sum('ms') / 1000).toFixed(1).padStart(9)}  ${name}`
}
