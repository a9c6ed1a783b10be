import { expect, test } from 'vitest'
import { suggest } from '../../../src/plugin/suggest.ts'

const known = ['status', 'plan', 'members', 'backups', 'backup', 'version', 'doctor']

test.each([
  ['statsu', ['status']],
  ['backpu', ['backup', 'backups']],
  ['stat', ['status']],
  ['Members', ['members']],
  ['plna', ['plan']],
  ['verison', ['version']],
  ['delete', []],
  ['x', []],
  ['', []],
])('%j may mean %j', (word, meant) => {
  expect(suggest(word, known)).toEqual(meant)
})

test('a long word is compared in no time', () => {
  expect(suggest('x'.repeat(2000), ['y'.repeat(2000)])).toEqual([])
})
