import { expect, test } from 'vitest'
import { oncePer } from '../../../src/model/once-per.ts'

test('what was computed for two objects is computed again only when one of them is another', () => {
  let computed = 0
  const sum = oncePer((one: { readonly n: number }, other: { readonly n: number }) => {
    computed += 1
    return one.n + other.n
  })
  const [two, three] = [{ n: 2 }, { n: 3 }]
  expect([sum(two, three), sum(two, three), computed]).toEqual([5, 5, 1])
  expect([sum(two, { n: 3 }), computed]).toEqual([5, 2])
  expect([sum({ n: 2 }, three), computed]).toEqual([5, 3])
})
