import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ClusterView } from '../../../../../src/model/cluster/view.ts'
import { mustReload } from '../../../../../src/model/tls/must-reload.ts'
import { exchangeCas } from '../../../../../src/plan/cluster/change/exchange-cas.ts'
import type { Decision } from '../../../../../src/plan/cluster/step.ts'
import { ensureCertificates } from '../../../../../src/plan/cluster/without-majority/ensure-certificates.ts'
import { now } from '../../../../builders/a-cluster.ts'
import { aCaWorld, afterwards, broken, type CaWorld, type Happening, happenings, viewOf } from './ca-room.ts'

const names = Object.keys(happenings).filter((name): name is Happening => name in happenings)
const traces = fc.array(fc.constantFrom(...names), { minLength: 5, maxLength: 25 })

const ask = 'a person asks for an exchange'
const hour = 'an hour'
const synced = happenings['the kubelets bring the Secret']

type Rules = (view: ClusterView) => Decision | undefined
const ours: Rules = (view) => ensureCertificates(view) ?? exchangeCas(view)

describe('whatever happens while CAs are exchanged', () => {
  test('a leaf in use is of a CA that every process has loaded, and its CA is in ca.crt', () => {
    fc.assert(
      fc.property(traces, (trace) => {
        expect(follow(trace, ours)).toEqual([])
      }),
      { numRuns: 60, seed: 20261128 },
    )
  })

  test('a leaf of the successor that is issued before everybody has loaded it is noticed', () => {
    const trace = [ask, hour, hour, hour, ask, hour, hour] as const
    expect(follow(trace, ours)).toEqual([])
    expect(follow(trace, withoutGates)).toEqual(expect.arrayContaining([expect.stringMatching(/^demo-. has not loaded/)]))
  })

  test('a CA that leaves ca.crt at once is noticed', () => {
    const trace = [ask, hour, 'demo-2 falls silent', 'the kubelets of demo-0 and demo-1 bring the Secret'] as const
    expect(follow(trace, ours)).toEqual([])
    expect(follow(trace, withoutPatience)).toEqual(expect.arrayContaining([expect.stringMatching(/would not trust|has left ca.crt/)]))
  })
})

describe('an exchange that a person asks for', () => {
  test('is done after an hour without a restart, and once', () => {
    let world = settle(happenings['a person asks for an exchange'](aCaWorld(now)))
    expect(world.ca.generation).toBe(1)
    world = settle(happenings['an hour'](world))
    expect(world.ca).toMatchObject({ generation: 2, current: 1, next: 2, old: 0 })
    expect(world.secret).toMatchObject({ leaf: 1, bundle: [0, 1, 2] })
    world = settle(happenings['an hour'](happenings['the kubelets bring the Secret'](world)))
    expect(world.secret).toMatchObject({ leaf: 1, bundle: [1, 2] })
    expect(world.members.map(({ pod }) => pod)).toEqual([0, 1, 2])
    expect(settle(happenings['an hour'](world))).toMatchObject({ ca: world.ca, secret: world.secret })
  })

  test('waits for a member that does not tell, for as long as it takes', () => {
    const silent = happenings['demo-2 falls silent'](happenings['a person asks for an exchange'](aCaWorld(now)))
    const world = settle(happenings['an hour'](silent))
    expect(world.ca.generation).toBe(1)
    expect(exchangeCas(viewOf(world))).toMatchObject({ kind: 'wait', reason: 'ExchangingCa', message: expect.stringContaining('demo-2') })
    expect(settle(happenings['demo-2 answers again'](world)).ca.generation).toBe(2)
  })

  test('a second one waits for a restart, and says so', () => {
    const later = happenings[hour]
    const once = settle(later(settle(later(settle(later(happenings[ask](aCaWorld(now))))))))
    const again = settle(later(happenings[ask](once)))
    expect(exchangeCas(viewOf(again))).toMatchObject({ kind: 'block', reason: 'CaNotLoaded' })
    expect(settle(later(rollAll(again))).ca.generation).toBe(3)
  })
})

describe('a revocation', () => {
  test('exchanges twice, restarts every member twice, and trusts neither CA of before afterwards', () => {
    let world = settle(synced(settle(happenings['a person revokes'](aCaWorld(now)))))
    expect(world.ca).toMatchObject({ generation: 2, current: 1, old: undefined, rotation: 'revoke, first' })
    expect(world.secret.bundle).toEqual([1, 2])
    expect(reloads(world)).toBe(3)
    world = settle(synced(settle(rollAll(happenings['a minute'](world)))))
    expect(world.ca).toMatchObject({ generation: 3, current: 2, next: 3, old: undefined, rotation: 'revoke' })
    expect(reloads(world)).toBe(3)
    world = settle(rollAll(happenings['a minute'](world)))
    expect(world.members.map(({ loaded }) => loaded)).toEqual([
      [2, 3],
      [2, 3],
      [2, 3],
    ])
    expect(reloads(world)).toBe(0)
    expect(broken(world)).toEqual([])
  })
})

function reloads(world: CaWorld): number {
  const view = viewOf(world)
  return view.pods.filter((pod) => mustReload(view, pod)).length
}

/** Each member in its turn, with what the kubelets have brought by then. */
function rollAll(world: CaWorld): CaWorld {
  const synced = happenings['the kubelets bring the Secret'](world)
  const zero = happenings['demo-1 is made anew'](happenings['demo-2 is made anew'](synced))
  const [, one] = zero.members
  return { ...zero, members: zero.members.map((member, ordinal) => (ordinal === 0 && one ? { ...one, pod: one.pod + 1 } : member)) }
}

/** Takes the rules' steps until they have none. */
function settle(world: CaWorld, rules: Rules = ours): CaWorld {
  let current = world
  for (let turn = 0; turn < 20; turn++) {
    const next = afterwards(current, rules(viewOf(current)))
    if (next === current) return current
    current = next
  }
  throw new Error('the rules find no end')
}

/** What breaks first in a run in which the operator may or may not get a turn after each happening. */
function follow(trace: readonly Happening[], rules: Rules): readonly string[] {
  let world = aCaWorld(now)
  for (const [index, happening] of trace.entries()) {
    world = happenings[happening](world)
    for (let turn = 0; turn <= index % 4; turn++) {
      world = afterwards(world, rules(viewOf(world)))
      const all = broken(world)
      if (all.length > 0) return all
    }
  }
  return []
}

/** As if every process were known to have loaded everything. */
const withoutGates: Rules = (view) => {
  const trusting = [...view.tls.members].map(([name, member]) => {
    const accepts = new Map([...member.peer.accepts.keys()].map((ca) => [ca, { known: true, value: true } as const]))
    return [name, { ...member, peer: { ...member.peer, accepts } }] as const
  })
  return ours({ ...view, tls: { ...view.tls, members: new Map(trusting) } })
}

/** As if everything had been so for an hour. */
const withoutPatience: Rules = (view) => ours({ ...view, now: view.now + 3700_000 })
