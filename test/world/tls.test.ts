import { describe, expect, test } from 'vitest'
import type { TlsMode } from '../../src/api/etcd-cluster.ts'
import { explore } from './explore.ts'
import { listening } from './tls.ts'
import { beginning, notFulfilled, notServedOrTold, notYet, restoring, rolling, scaling } from './workflows.ts'
import { broken, type Wish, type World } from './world.ts'

const isLong = process.env.TEST_LONG !== undefined
const crashes = { operator: { crashes: true }, missing: notListening, untrue: notYet } as const

/** A running cluster whose user asks for these modes, one after the other; any of its members leads. */
function switching(size: number, from: TlsMode, modes: readonly TlsMode[], changes: Partial<World> = {}): readonly World[] {
  const wishes = modes.map((tls) => ({ tls }))
  return rolling(size, wishes, '3.6.16', changes).map((world) => listening(world, from))
}

/** The wish is fulfilled, and every member listens as it was asked for. */
function notListening(world: World, decision: Parameters<typeof notFulfilled>[1]): string | undefined {
  const mode = world.wish.made?.tls
  const others = world.pods.flatMap((pod, ordinal) => (pod !== undefined && (pod.runs?.tls ?? 'Off') !== mode ? [`demo-${ordinal}`] : []))
  if (mode !== undefined && others.length > 0) return `${others} don't run ${mode}`
  const wrong = world.etcd.members.filter((row) => (row.https ?? false) !== (mode === 'Required'))
  return (
    (wrong.length > 0 ? `${wrong.map(({ ordinal }) => `demo-${ordinal}`)} can't be dialled` : undefined) ?? notFulfilled(world, decision)
  )
}

describe('a cluster that runs goes', () => {
  test.each<readonly [TlsMode, TlsMode]>([
    ['Off', 'Optional'],
    ['Optional', 'Required'],
    ['Off', 'Required'],
    ['Required', 'Optional'],
    ['Required', 'Off'],
  ])('from %s to %s, although the operator dies at any call', (from, to) => {
    expect(explore({ ...crashes, from: switching(3, from, [to]) }).states).toBeGreaterThan(50)
  })
})

describe('the user takes it back at any moment', () => {
  test.each<readonly [TlsMode, readonly TlsMode[]]>([
    ['Off', ['Optional', 'Off']],
    ['Off', ['Required', 'Off']],
    ['Optional', ['Required', 'Optional']],
    ['Optional', ['Required', 'Off']],
    ['Required', ['Optional', 'Required']],
    ['Required', ['Off', 'Required']],
  ])('from %s to %s', (from, modes) => {
    expect(explore({ ...crashes, from: switching(3, from, modes) }).states).toBeGreaterThan(50)
  })
})

test.each<readonly [TlsMode, readonly TlsMode[]]>([
  ['Off', ['Required']],
  ['Required', ['Off']],
  ['Off', ['Required', 'Off']],
])('the only member goes from %s to %s', (from, modes) => {
  expect(explore({ ...crashes, from: switching(1, from, modes) }).states).toBeGreaterThan(10)
})

test.each<readonly [TlsMode, TlsMode]>([
  ['Off', 'Required'],
  ['Required', 'Off'],
])('from %s to %s although one call lands late', (from, to) => {
  const worlds = switching(3, from, [to], { faultsLeft: 1 })
  expect(explore({ ...crashes, operator: { crashes: true, lateCall: true }, from: worlds }).states).toBeGreaterThan(200)
})

test.each(['3.5.35', '3.6.16'] as const)('a call that adds a learner lands when its mode of TLS is over, with etcd %s', (version) => {
  const worlds = scaling([1], version, { faultsLeft: 1 }).map((world) => {
    const later = (['Required', 'Off'] as const).map((tls) => ({ size: 3, made: { tls } }))
    return listening({ ...world, later }, 'Required')
  })
  expect(explore({ ...crashes, operator: { lateStep: 'AddLearner' }, from: worlds }).states).toBeGreaterThan(200)
})

const fast = ['leader changed', 'label removed', 'pod deleted', 'process frozen', 'process killed'] as const
const slow = isLong ? (['StatefulSet deleted', 'ConfigMap deleted', 'volume emptied', 'cache lags', 'node lost'] as const) : []

describe.each([...fast, ...slow])('beside one fault, %s, a cluster goes', (kind) => {
  test.each<readonly [TlsMode, TlsMode]>([
    ['Off', 'Required'],
    ['Required', 'Off'],
  ])('from %s to %s', (from, to) => {
    const worlds = switching(3, from, [to], { faultsLeft: 1 }).slice(0, isLong ? 3 : 1)
    const missing = kind === 'node lost' ? () => undefined : notListening
    expect(explore({ from: worlds, faults: [kind], missing, untrue: notYet, operator: {} }).states).toBeGreaterThan(100)
  })
})

describe.each(['3.5.35', '3.6.16'] as const)('with etcd %s', (version) => {
  const growing = (from: TlsMode, wishes: readonly (readonly [size: number, tls: TlsMode])[]) =>
    scaling([1], version).map((world) => listening({ ...world, later: wishes.map(([size, tls]) => ({ size, made: { tls } })) }, from))

  test.each<readonly [string, TlsMode, readonly (readonly [number, TlsMode])[]]>([
    [
      'on the way to Required',
      'Off',
      [
        [1, 'Required'],
        [3, 'Required'],
      ],
    ],
    [
      'on the way to Off',
      'Required',
      [
        [1, 'Off'],
        [3, 'Off'],
      ],
    ],
    ['and goes to another mode', 'Optional', [[3, 'Required']]],
    [
      'and turns round',
      'Optional',
      [
        [3, 'Required'],
        [3, 'Optional'],
      ],
    ],
  ])('a member grows to three %s', (_, from, wishes) => {
    expect(explore({ ...crashes, from: growing(from, wishes) }).states).toBeGreaterThan(50)
  })
})

test.each<readonly [TlsMode, TlsMode]>([
  ['Optional', 'Required'],
  ['Required', 'Optional'],
])('a member that is lost on the way from %s to %s is replaced', (from, to) => {
  const worlds = switching(3, from, [to], { faultsLeft: 1 }).slice(0, 1)
  expect(explore({ from: worlds, faults: ['volume emptied'], missing: notListening, untrue: notYet, operator: {} }).states).toBeGreaterThan(
    100,
  )
})

describe('a cluster goes from one mode to another', () => {
  const wishing = (from: TlsMode, ...later: readonly Wish[]) => scaling([3], '3.6.16').map((world) => listening({ ...world, later }, from))

  test.each<readonly [string, readonly World[]]>([
    ['while it gets another version', wishing('Off', { size: 3, made: { tls: 'Required', version: '3.6.17' } })],
    [
      'with settings that etcd refuses, which are corrected',
      wishing('Off', { size: 3, made: { tls: 'Required', settings: broken } }, { size: 3, made: { tls: 'Required', settings: 1 } }),
    ],
    [
      'with an image that can not be pulled, and is taken back',
      wishing('Required', { size: 3, made: { tls: 'Off', pod: broken } }, { size: 3, made: { tls: 'Required' } }),
    ],
    ['while a member is exchanged', wishing('Optional', { size: 3, made: { tls: 'Required' }, replace: ['f1'] })],
  ])('%s', (_, from) => {
    expect(explore({ ...crashes, from }).states).toBeGreaterThan(50)
  })

  test('while its window closes and opens', () => {
    const wish = { size: 3, made: { tls: 'Required' } } as const
    const from = wishing('Optional', wish, { ...wish, closed: true }, wish)
    expect(explore({ operator: { crashes: true }, from, missing: notServedOrTold }).states).toBeGreaterThan(50)
  })
})

describe('a cluster begins with', () => {
  const begins = (size: number, tls: TlsMode, later: readonly TlsMode[] = []) =>
    beginning(size, '3.6.16', { wish: { size, made: { tls } }, later: later.map((mode) => ({ size, made: { tls: mode } })) })

  test.each<readonly [TlsMode, number]>([
    ['Required', 1],
    ['Required', 3],
    ['Optional', 3],
  ])('TLS %s, of %i members, although the operator dies at any call', (mode, size) => {
    expect(explore({ ...crashes, from: begins(size, mode) }).states).toBeGreaterThan(10)
  })

  test('one mode, and another is wished before it is pinned', () => {
    expect(explore({ ...crashes, from: begins(1, 'Required', ['Off']) }).states).toBeGreaterThan(10)
  })

  test('a backup, and TLS alone', () => {
    const worlds = restoring(3, '3.6.16', 0, { wish: { size: 3, made: { tls: 'Required' } } })
    expect(explore({ ...crashes, from: worlds }).states).toBeGreaterThan(10)
  })
})
