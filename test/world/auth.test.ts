import { describe, expect, test } from 'vitest'
import { leaderOf } from '../../src/model/cluster/members.ts'
import type { ClusterView } from '../../src/model/cluster/view.ts'
import { keepAsking } from '../../src/plan/cluster/change/keep-asking.ts'
import { turnAuthOff } from '../../src/plan/cluster/change/turn-auth.ts'
import { type Planned, planCluster, policy } from '../../src/plan/cluster/policy.ts'
import { type Decision, isHeldByWindow, type Step, step } from '../../src/plan/cluster/step.ts'
import { explore } from './explore.ts'
import { listening } from './tls.ts'
import { beginning, notFulfilled, notYet, restoring, scaling } from './workflows.ts'
import { open, type Wish, type World } from './world.ts'

const isLong = process.env.TEST_LONG !== undefined
const crashes = { operator: { crashes: true }, missing: notAsAsked, untrue: notYet } as const

const off: Wish = { size: 3, made: { tls: 'Required' } }
const on: Wish = { ...off, auth: true }
const plain: Wish = { size: 3, made: { tls: 'Off' } }
const toAnybody: Wish = { size: 3, made: { tls: 'Required', settings: open } }

/** A cluster that runs Required, whose user asks for these, one after the other; any of its members leads. */
function running(later: readonly Wish[], changes: Partial<World> = {}, auth = { isOn: false, root: false }): readonly World[] {
  return scaling([3], '3.6.16').map((world) => {
    const there = listening(world, 'Required')
    return { ...there, later, ...changes, etcd: { ...there.etcd, auth } }
  })
}

/** Switched on by the operator some time ago. */
function switchedOn(later: readonly Wish[], changes: Partial<World> = {}): readonly World[] {
  const worlds = running(later, changes, { isOn: true, root: true })
  return worlds.map((world) => ({ ...world, wish: on, status: { ...world.status, switchedOn: true } }))
}

/** The wish is fulfilled. What somebody else has switched on stays on, and people are told where it holds something up. */
function notAsAsked(world: World, decision: Decision): string | undefined {
  const isOn = world.etcd.auth?.isOn ?? false
  const wished = world.wish.auth ?? false
  if (wished && !isOn) return 'authentication is off'
  if (!wished && isOn && world.status.switchedOn) return 'authentication is on'
  const isTold = decision.kind === 'block' && decision.reason === 'AuthNeedsTls'
  return isOn && !wished && isTold ? undefined : notFulfilled(world, decision)
}

/** The same where nobody else has a hand in it. */
function notExactly(world: World, decision: Decision): string | undefined {
  const isOn = world.etcd.auth?.isOn ?? false
  if (isOn !== (world.wish.auth ?? false)) return `authentication is ${isOn ? 'on' : 'off'}`
  return notFulfilled(world, decision)
}

const alone = { ...crashes, missing: notExactly } as const

describe('authentication, although the operator dies at any call,', () => {
  test.each<readonly [string, readonly World[]]>([
    ['comes on', running([on])],
    ['goes off', switchedOn([off])],
    ['goes off when that is taken back at any moment', running([on, off])],
    ['comes on when that is taken back at any moment', switchedOn([off, on])],
    [
      'comes on with TLS',
      running([on]).map((world) => ({ ...listening(world, 'Optional'), wish: { size: 3, made: { tls: 'Optional' } } })),
    ],
    ['goes off before TLS does', switchedOn([plain])],
    ['goes off before members ask for no certificate', switchedOn([toAnybody])],
    ['comes on after members ask for certificates', asking(running([on]))],
    ['comes on with a cluster that begins', beginning(3, '3.6.16', { wish: on })],
  ])('%s', (_, from) => {
    expect(explore({ ...alone, from }).states).toBeGreaterThan(10)
  })

  test('comes on only when a window has let the members ask for certificates', () => {
    const from = asking(running([{ ...on, closed: true }, on]))
    expect(explore({ ...alone, from }).states).toBeGreaterThan(10)
  })

  test('stays off while the cluster is paused', () => {
    const from = running([{ ...on, paused: true }, on])
    expect(explore({ ...alone, from }).states).toBeGreaterThan(5)
  })

  test('comes on while members join and leave', () => {
    const sizes: readonly Wish[] = isLong ? [{ ...on, size: 5 }, on] : [{ ...on, size: 5 }]
    expect(explore({ ...alone, from: running(sizes) }).states).toBeGreaterThan(50)
  })
})

describe('beside one fault', () => {
  test.each<readonly [string, readonly World[]]>([
    ['of its own', running([on, off])],
    ['on the way to plain text', switchedOn([plain])],
    ['while it is off and TLS goes', running([plain])],
    ['while it is off and certificates go', running([toAnybody])],
  ])('somebody switches it with etcdctl: %s', (_, worlds) => {
    const from = worlds.slice(0, isLong ? 3 : 1).map((world) => ({ ...world, faultsLeft: 1 }))
    expect(explore({ ...crashes, from, faults: ['authentication switched'] }).states).toBeGreaterThan(10)
  })

  test.each(['status lost', 'leader changed', 'pod deleted', 'volume emptied'] as const)('%s, it comes on and goes off', (fault) => {
    const from = running([on, off])
      .slice(0, isLong ? 3 : 1)
      .map((world) => ({ ...world, faultsLeft: 1 }))
    expect(explore({ ...crashes, from, faults: [fault], operator: {} }).states).toBeGreaterThan(10)
  })

  test('one call that lands late, it comes on and goes off', () => {
    const from = running([on, off], { faultsLeft: 1 })
    expect(explore({ ...crashes, from, operator: { crashes: true, lateCall: true } }).states).toBeGreaterThan(10)
  })
})

test('a backup that was taken with authentication on makes a cluster with authentication on', () => {
  const [world] = restoring(3, '3.6.16', 0, { wish: on })
  if (world === undefined) throw new Error('no world')
  const from = [{ ...world, etcd: { ...world.etcd, auth: { isOn: true, root: true } } }]
  expect(explore({ ...alone, from }).states).toBeGreaterThan(10)
})

/** Ways that are wrong on purpose: the exploration must find each of them out, or its silence means nothing. */
describe('is found out', () => {
  test.each<readonly [string, readonly World[], RegExp, (view: ClusterView) => Planned]>([
    ['to give up TLS while somebody has switched it on', fault(running([plain])), /the operator is nobody/, without(keepAsking)],
    [
      'to give up certificates while somebody has switched it on',
      fault(running([toAnybody])),
      /the operator is nobody/,
      without(keepAsking),
    ],
    ['to give up TLS first', switchedOn([plain]), /the operator is nobody/, without(keepAsking, turnAuthOff)],
    ['to come on before members ask', asking(running([on])), /the operator is nobody/, early],
  ])('%s', (_, from, broken, plan) => {
    expect(() => explore({ ...crashes, from, plan, faults: ['authentication switched'] })).toThrow(broken)
  })
})

function fault(worlds: readonly World[]): readonly World[] {
  return worlds.map((world) => ({ ...world, faultsLeft: 1 }))
}

/** The members ask for no certificate. */
function asking(worlds: readonly World[]): readonly World[] {
  const made = { tls: 'Required', settings: open } as const
  return worlds.map((world) => ({
    ...world,
    wish: toAnybody,
    set: world.set && { ...world.set, made },
    configs: world.configs && { ...world.configs, entries: world.configs.entries.map((entry) => entry && { ...entry, made }) },
    pods: world.pods.map((pod) => pod && { ...pod, made, file: made, runs: made, started: made }),
  }))
}

function without(...left: readonly ((view: ClusterView) => Decision | undefined)[]) {
  return (view: ClusterView): Planned => {
    for (const { stage, applies, rules } of policy) {
      for (const rule of rules) {
        const decision = left.includes(rule) ? undefined : rule(view)
        if (decision !== undefined && !isHeldByWindow(decision)) return { ...decision, stage, applies }
      }
    }
    return { kind: 'steady', stage: 'await-members', applies: 'always-safe' }
  }
}

/** As soon as the spec asks for it. */
function early(view: ClusterView): Planned {
  const { auth, cluster } = view
  const leader = leaderOf(view)
  if (!cluster.spec.auth.enabled || !auth.etcd.known || auth.etcd.value.enabled || leader?.name === undefined) return planCluster(view)
  const asked = { member: leader.name, id: leader.id }
  const isReady = auth.etcd.value.root === 'ready'
  const due: Step = isReady ? { do: 'EnableAuth', ...asked } : { do: 'PrepareRoot', ...asked, isThere: false }
  return { ...step('SwitchingAuth', 'at once', due), stage: 'change', applies: 'nothing' }
}
