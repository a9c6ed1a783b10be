import { expect, test } from 'vitest'
import { thoseThatExist } from '../../../src/model/those-that-exist.ts'

test.each<[readonly string[], string]>([
  [[], '; there is none'],
  [['demo'], '; there is demo'],
  [['test', 'demo'], '; there are demo, test'],
  [['prod', 'a', 'billing', 'staging', 'test', 'other', 'demo'], '; there are demo, a, other, prod, test and 2 more'],
])('of %j the names that are most like dmeo come first', (names, words) => {
  expect(thoseThatExist('dmeo', names)).toBe(words)
})
