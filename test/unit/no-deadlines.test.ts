import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const tests = join(import.meta.dirname, '..')

test('no unit or world test has a deadline of its own, which a busy machine would miss', () => {
  const files = globSync('{unit,world,builders}/**/*.ts', { cwd: tests }).filter((file) => file !== 'unit/no-deadlines.test.ts')
  expect(files.length).toBeGreaterThan(100)
  const deadline = /AbortSignal\.timeout\(|\{ timeout: (\d|isLong)/
  expect(files.filter((file) => deadline.test(readFileSync(join(tests, file), 'utf8')))).toEqual([])
})
