import { describe, expect, test } from 'vitest'
import { WriteHistory } from '../../../../src/act/cluster/write-history.ts'
import { wait } from '../../../../src/plan/cluster/step.ts'

const write = { object: 'Service demo', difference: 'spec.type is "LoadBalancer" instead of "ClusterIP"' }
const minute = 60_000

describe('a write that stays for a moment each time', () => {
  test('is a fight when the same difference comes back again and again', () => {
    const history = new WriteHistory()
    for (let n = 0; n < 9; n++) expect(history.taken(write, undefined, n * minute)).toBeUndefined()
    expect(history.taken(write, undefined, 9 * minute)).toMatchObject({
      kind: 'block',
      reason: 'WriteReverted',
      message: expect.stringContaining(write.difference),
    })
    expect(history.held(write, 9 * minute + 1)).toMatchObject({ reason: 'WriteReverted' })
  })

  test('is never left undone for longer than a minute: clients may miss it', () => {
    const history = new WriteHistory()
    let nowMs = 0
    for (let n = 0; n < 100; n++) {
      history.taken(write, undefined, nowMs)
      while (history.held(write, nowMs) !== undefined) nowMs += 1000
    }
    history.taken(write, undefined, nowMs)
    expect(history.held(write, nowMs + 59_000)).toBeDefined()
    expect(history.held(write, nowMs + 60_000)).toBeUndefined()
  })

  test('is none when somebody tries something out now and then', () => {
    const history = new WriteHistory()
    for (let n = 0; n < 20; n++) expect(history.taken(write, undefined, n * 11 * minute)).toBeUndefined()
  })

  test('is none when each time something else differs', () => {
    const history = new WriteHistory()
    for (let n = 0; n < 20; n++) expect(history.taken({ ...write, difference: `${n}` }, undefined, n * 100)).toBeUndefined()
  })
})

test('a write that was refused for long and is taken at last is no fight', () => {
  const history = new WriteHistory()
  for (let n = 0; n < 20; n++) history.refused(write, wait('MissingPermission', 'm', 1000), 1000, n * 1000)
  expect(history.taken(write, undefined, 21_000)).toBeUndefined()
})

test('a write that still gets no answer after it was held back goes on counting: it is told once, for as long as it lasts', () => {
  const history = new WriteHistory()
  for (let n = 1; n <= 3; n++) expect(history.unanswered(write, n)).toBe(n)
  history.refused(write, wait('NotAnswered', 'm', 5000), 5000, 3)
  expect(history.unanswered(write, 6000)).toBe(4)
  history.refused(write, wait('RequestRejected', 'm', 5000), 5000, 6000)
  expect(history.unanswered(write, 12_000)).toBe(1)
})

test('what is held back is another write once the difference is another', () => {
  const history = new WriteHistory()
  history.refused(write, wait('RequestRejected', 'm', 1000), 1000, 0)
  expect(history.held(write, 999)).toMatchObject({ reason: 'RequestRejected' })
  expect(history.held({ ...write, difference: 'other' }, 999)).toBeUndefined()
  expect(history.held(write, 1000)).toBeUndefined()
})

test('a new spec is tried at once', () => {
  const history = new WriteHistory()
  history.refused(write, wait('RequestRejected', 'm', 1000), 1000, 0)
  history.forget()
  expect(history.held(write, 1)).toBeUndefined()
})
