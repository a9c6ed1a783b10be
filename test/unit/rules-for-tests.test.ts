import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const tests = join(import.meta.dirname, '..')
const texts = new Map(globSync('**/*.ts', { cwd: tests }).map((file) => [file, readFileSync(join(tests, file), 'utf8')]))

test('no unit or world test has a deadline of its own, which a busy machine would miss', () => {
  const files = [...texts.keys()].filter((file) => /^(unit|world|builders)\//.test(file) && file !== 'unit/rules-for-tests.test.ts')
  expect(files.length).toBeGreaterThan(100)
  expect(files.filter((file) => matches(file, /AbortSignal\.timeout\(|\{ timeout: (\d|isLong)/))).toEqual([])
})

test('tests that run at the same time use no global hook and no soft expectation: vitest counts both for whichever test runs', () => {
  const concurrent = [...texts.keys()].filter((file) => matches(file, /\bconcurrent: true\b|\.concurrent\(|\bscenario\(/))
  expect(concurrent.length).toBeGreaterThan(3)
  expect(concurrent.filter((file) => matches(file, /^import \{[^}]*\bonTest(Finished|Failed)\b[^}]*\} from 'vitest'/m))).toEqual([])
  expect(concurrent.filter((file) => file !== 'unit/rules-for-tests.test.ts' && matches(file, /\bexpect\.soft\(/))).toEqual([])
})

function matches(file: string, pattern: RegExp): boolean {
  return pattern.test(texts.get(file) ?? '')
}
