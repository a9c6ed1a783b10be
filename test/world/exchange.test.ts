import { describe, expect, test } from 'vitest'
import { planCluster } from '../../src/plan/cluster/policy.ts'
import type { Decision } from '../../src/plan/cluster/step.ts'
import { explore } from './explore.ts'
import { notFulfilled, notHealedNorTold, notYet, versions } from './workflows.ts'
import { aRunningWorld, founderId, type Row, votersOf, type Wish, type World } from './world.ts'

const isLong = process.env.TEST_LONG !== undefined

/** A running cluster, led by demo-0, whose user asks for this, and later for something else. */
function exchanging(wish: Wish, version: World['version'], changes: Partial<World> = {}): readonly World[] {
  return [{ ...aRunningWorld(wish.size, version), wish, ...changes }]
}

const replace = (...ordinals: readonly number[]) => ordinals.map(founderId)
const crashes = { operator: { crashes: true }, missing: notFulfilled, untrue: notYet } as const

describe.each(versions)('a cluster of etcd %s', (version) => {
  test.each([
    ['a follower of three', { size: 3, replace: replace(1) }],
    ['the leader of three', { size: 3, replace: replace(0) }],
    ['the only member', { size: 1, replace: replace(0) }],
  ])('exchanges %s, although the operator dies at any call', (_, wish) => {
    expect(explore({ ...crashes, from: exchanging(wish, version) }).states).toBeGreaterThan(50)
  })

  test
    .runIf(isLong || version === '3.6.16')
    .each<readonly [string, Wish]>([
      ['is taken back', { size: 3 }],
      ['is followed by another one', { size: 3, replace: replace(1, 2) }],
      ['becomes one of another member', { size: 3, replace: replace(0) }],
      ['is overtaken by a larger size', { size: 5, replace: replace(1) }],
      ...(isLong ? [['is overtaken by a smaller size', { size: 1, replace: replace(1) }] as const] : []),
    ])('an exchange that %s at any moment comes to its end', (_, then) => {
    const from = exchanging({ size: 3, replace: replace(1) }, version, { later: [then] })
    expect(explore({ ...crashes, from }).states).toBeGreaterThan(200)
  })
})

const fast = ['leader changed', 'label removed', 'ConfigMap deleted'] as const
const slow = isLong ? (['process killed', 'pod deleted', 'StatefulSet deleted'] as const) : []

test.each([...fast, ...slow])('an exchange comes to its end beside one fault: %s', (kind) => {
  const from = exchanging({ size: 3, replace: replace(1) }, '3.6.16', { faultsLeft: 1 })
  expect(explore({ from, faults: [kind], missing: notFulfilled, untrue: notYet }).states).toBeGreaterThan(200)
})

const damages = [
  'volume emptied',
  'volume set back',
  'volume corrupt',
  'data wrong',
  'process frozen',
  'member removed',
  'node lost',
] as const

test.each(isLong ? damages : (['process frozen'] as const))('an exchange comes to its end beside a member that is damaged: %s', (kind) => {
  const from = (isLong ? [0, 1] : [1]).flatMap((ordinal) => exchanging({ size: 3, replace: replace(ordinal) }, '3.6.16', { faultsLeft: 1 }))
  expect(explore({ from, faults: [kind], missing: notHealedNorTold, untrue: notYet }).states).toBeGreaterThan(200)
})

test.runIf(isLong)('members whose claims somebody deletes are exchanged, where all of them are named', () => {
  const from = exchanging({ size: 3, replace: replace(1, 2) }, '3.6.16', { faultsLeft: 2 })
  expect(explore({ from, faults: ['claim deleted'], missing: notFulfilledOrNamed, untrue: notYet }).states).toBeGreaterThan(200)
})

/** People are told of the claim of a member that they don't name. */
function notFulfilledOrNamed(world: World, decision: Decision): string | undefined {
  const isNamed = ({ id }: Row) => world.wish.replace?.includes(id) === true
  const unnamed = votersOf(world).filter((row) => world.volumes[row.ordinal]?.deleting && !isNamed(row))
  const isTold = decision.kind === 'block' && unnamed.some(({ ordinal }) => decision.message.includes(`data-demo-${ordinal}`))
  return isTold ? undefined : notFulfilled(world, decision)
}

test('an exchange comes to its end beside a member that leaves, whose claim somebody deletes', () => {
  const from = exchanging({ size: 3 }, '3.6.16', { later: [{ size: 1, replace: replace(0) }], faultsLeft: 1 })
  expect(explore({ from, faults: ['claim deleted'], missing: notHealedNorTold, untrue: notYet }).states).toBeGreaterThan(100)
})

test.runIf(isLong).each(versions)('an exchange on etcd %s comes to its end although a call lands late', (version) => {
  const from = exchanging({ size: 3, replace: replace(1) }, version, { faultsLeft: 1 })
  expect(explore({ ...crashes, from, operator: { crashes: true, lateCall: true } }).states).toBeGreaterThan(1_000)
})

test('a plan that ends the member before the spare has its vote is found out', () => {
  const from = exchanging({ size: 3, replace: replace(1) }, '3.6.16')
  const plan: typeof planCluster = (view) => {
    const decision = planCluster(view)
    const pod = view.pods.find(({ name, endsBy }) => name === 'demo-1' && endsBy === undefined)
    if (decision.kind !== 'step' || decision.step.do !== 'AddLearner' || decision.step.member !== 'demo-3' || pod === undefined)
      return decision
    return { ...decision, step: { do: 'DeletePod', member: 'demo-1', uid: pod.uid } }
  }
  expect(() => explore({ from, plan, missing: notFulfilled })).toThrow(/the pod of demo-1, which takes part, was deleted/)
})
