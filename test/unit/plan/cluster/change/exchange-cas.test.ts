import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { templateHash } from '../../../../../src/model/cluster/revision.ts'
import { restarting } from '../../../../../src/model/cluster/rollout.ts'
import type { ClusterView } from '../../../../../src/model/cluster/view.ts'
import { known } from '../../../../../src/model/known.ts'
import { mustReload } from '../../../../../src/model/tls/must-reload.ts'
import { awaitOldCas, exchangeCas } from '../../../../../src/plan/cluster/change/exchange-cas.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import type { Decision } from '../../../../../src/plan/cluster/step.ts'
import { ensureCertificates } from '../../../../../src/plan/cluster/without-majority/ensure-certificates.ts'
import { certificatesValid } from '../../../../../src/report/cluster/certificates-valid.ts'
import { aCluster, now } from '../../../../builders/a-cluster.ts'
import { aCa, aCertificate, aLeaf, aSecret, aServed, certificates, ours as ours_ } from '../../../../builders/certificates.ts'
import { inShort } from '../../../../builders/decides.ts'
import { aCaWorld, afterwards, broken, type CaWorld, type Happening, happenings, healed, rolled, viewOf } from './ca-room.ts'

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

  test('what a person asks for last comes to its end, by restarts where it needs them', () => {
    fc.assert(
      fc.property(traces, (trace) => {
        const world = ended(run(trace))
        expect(broken(world)).toEqual([])
        if (world.asked !== undefined) expect(world.ca.rotation).toBe(world.asked === 'revoke' ? 'revoke, done' : world.asked)
        else expect(world.ca.rotation ?? '').not.toMatch(/^revoke/)
        expect(world.ca.old).toBeUndefined()
      }),
      { numRuns: 30, seed: 20261128 },
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

  test('a second one restarts the members, which have not loaded its successor, once each', () => {
    const later = happenings[hour]
    const once = settle(later(settle(later(settle(later(happenings[ask](aCaWorld(now))))))))
    const again = settle(later(happenings[ask](once)))
    expect(exchangeCas(viewOf(again))).toMatchObject({ kind: 'wait', message: expect.stringContaining('demo-0, demo-1, demo-2') })
    expect(reloads(again)).toBe(3)
    const world = ended(again)
    expect(world.ca.generation).toBe(3)
    expect(world.members.map(({ pod }) => pod).toSorted()).toEqual([3, 4, 5])
  })

  test('restarts nobody who was not asked yet, does not answer, or refuses every certificate', () => {
    const later = happenings[hour]
    const once = settle(later(settle(later(settle(later(happenings[ask](aCaWorld(now))))))))
    const again = settle(later(happenings[ask](once)))
    const silent = { ...again, members: again.members.map((member) => ({ ...member, answers: false })) }
    expect(reloads(silent)).toBe(0)
    const view = viewOf(again)
    expect(view.pods.some((pod) => mustReload({ ...view, tls: { ...view.tls, members: new Map() } }, pod))).toBe(false)
    // Its clock is wrong: it takes no certificate that was made a moment ago.
    const refusing = [...view.tls.members].map(([name, member]) => {
      const accepts = new Map([...member.peer.accepts.keys()].map((ca) => [ca, known(false)]))
      return [name, { ...member, peer: { ...member.peer, accepts } }] as const
    })
    expect(view.pods.some((pod) => mustReload({ ...view, tls: { ...view.tls, members: new Map(refusing) } }, pod))).toBe(false)
  })

  test('a restart waits until the kubelets have what it is for', () => {
    const once = settle(happenings[hour](settle(happenings[hour](happenings[ask](aCaWorld(now))))))
    // The successor of the successor stands in ca.crt since a moment ago.
    const asked = settle(happenings[ask]({ ...once, secret: { ...once.secret, bundleSince: once.now } }))
    expect(reloads(asked)).toBe(0)
    expect(reloads(happenings['a minute'](happenings['a minute'](asked)))).toBe(3)
  })
})

describe('a CA that grows old', () => {
  const year = 365 * 24 * 3600_000
  /** Its successor was made at an exchange, and nobody was restarted since. */
  const grown = settle(happenings[hour](settle(happenings[hour](settle(happenings[hour](happenings[ask](aCaWorld(now))))))))
  const old = (left: number) => {
    const view = viewOf({ ...grown, asked: undefined })
    const { peerCa: ca } = view.tls
    if (!ca.known || ca.value.state !== 'ours' || ca.value.value.state !== 'whole') throw new Error('no CA')
    const current = { ...ca.value.value.current, notAfter: view.now + left }
    return view.with({ tls: { ...view.tls, peerCa: { ...ca, value: { ...ca.value, value: { ...ca.value.value, current } } } } })
  }

  test('waits for what restarts its members anyway, and says so', () => {
    const view = old(1.5 * year)
    expect(view.pods.filter((pod) => mustReload(view, pod))).toEqual([])
    expect(exchangeCas(view)).toBeUndefined()
    expect(certificatesValid(view)).toMatchObject({ reason: 'CaNotLoaded', message: expect.stringContaining('the next restart does') })
  })

  test('restarts them when half of that time is gone', () => {
    const view = old(0.8 * year)
    expect(view.pods.filter((pod) => mustReload(view, pod))).toHaveLength(3)
    expect(exchangeCas(view)).toMatchObject({ kind: 'wait', reason: 'ExchangingCa' })
    expect(certificatesValid(view)).toMatchObject({ reason: 'CaNotLoaded', message: expect.stringContaining('the operator restarts') })
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
    expect(world.ca.rotation).toBe('revoke, done')
    expect(broken(world)).toEqual([])
  })

  test('whose members have not loaded the successor restarts them for it', () => {
    const later = happenings[hour]
    const once = settle(later(settle(later(settle(later(happenings[ask](aCaWorld(now))))))))
    const revoking = settle(later(happenings['a person revokes'](once)))
    expect(revoking.ca.generation).toBe(2)
    expect(reloads(revoking)).toBe(3)
    const world = ended(revoking)
    expect(world.ca).toMatchObject({ generation: 4, rotation: 'revoke, done' })
    expect(world.members.flatMap(({ loaded = [] }) => loaded)).not.toContain(once.ca.current)
    expect(world.members.flatMap(({ loaded = [] }) => loaded)).not.toContain(once.ca.next)
  })

  test('goes to its end although its annotation is taken away half way', () => {
    const half = settle(synced(settle(happenings['a person revokes'](aCaWorld(now)))))
    expect(half.ca.rotation).toBe('revoke, first')
    for (const asked of [undefined, 'another wish']) {
      const world = ended({ ...half, asked })
      expect(world.ca.generation).toBeGreaterThanOrEqual(3)
      expect(world.members.flatMap(({ loaded = [] }) => loaded)).not.toContain(1)
    }
  })

  test('may be asked for again once its annotation was taken away', () => {
    const done = ended(happenings['a person revokes'](aCaWorld(now)))
    expect(settle(done).ca).toEqual(done.ca)
    expect(done.ca.generation).toBe(3)
    const away = ended({ ...done, asked: undefined })
    expect(away.ca).toMatchObject({ generation: 3, rotation: undefined })
    expect(ended(happenings['a person revokes'](away)).ca.generation).toBe(5)
  })

  test('restarts nobody any more for what is written later', () => {
    const done = ended(happenings['a person revokes'](aCaWorld(now)))
    const written = happenings[hour]({ ...done, secret: { ...done.secret, bundleSince: done.now + 1 } })
    expect(reloads(written)).toBe(0)
  })

  test('waits a quarter of an hour for users, and no longer', () => {
    const swapped = aCa('D', 'E', { rotation: 'revoke, first', old: aCertificate('C'), since: now })
    const young = { notBefore: now - 5 * 60_000 }
    const secret = (use: 'server' | 'client') => ours_(aSecret(use, 'D', ['C', 'D', 'E'], { leaf: aLeaf(use, 'D', young) }))
    const three = aCluster({ tls: { mode: 'Required' } }).running()
    const port = { plain: known(false), served: known(aServed('D-server')), accepts: new Map() }
    const members = new Map(three.pods.map(({ name, uid }) => [name, { uid, client: port, peer: port }]))
    const held = certificates({
      clientCa: ours_(swapped),
      serverTls: secret('server'),
      client: secret('client'),
      members,
      users: [{ name: 'billing', issuer: 'C' }],
    })
    expect(exchangeCas(three.with({ now: now + 60_000, tls: held }))).toBeUndefined()
    expect(inShort(exchangeCas(three.with({ now: now + 16 * 60_000, tls: held })))).toBe('RetireCa demo-client-ca')
    const ordinary = { ...held, clientCa: ours_({ ...swapped, rotation: 'ask' }) }
    const later = three.with({ now: now + 61 * 60_000, tls: ordinary })
    expect(exchangeCas(later)).toBeUndefined()
    expect(awaitOldCas(later)).toMatchObject({ kind: 'wait', message: expect.stringContaining('EtcdUser billing') })
  })

  test('waits for no maintenance window, which everything else does', () => {
    const closed = (world: CaWorld) => viewOf(world).withWindow('0 3 1 1 *', '1h')
    const later = happenings[hour]
    const once = settle(later(settle(later(settle(later(happenings[ask](aCaWorld(now))))))))
    const asked = closed(settle(later(happenings[ask](once))))
    expect(inShort(planCluster(asked))).toBe('wait WaitingForWindow demo-1')
    const revoking = closed(settle(later(happenings['a person revokes'](once))))
    expect(inShort(planCluster(revoking))).toBe('StopServing demo-1')
    // Only the leader has to forget it; the others wait for the window with another restart.
    const remade = happenings['demo-1 is made anew'](happenings['demo-2 is made anew'](settle(later(happenings['a person revokes'](once)))))
    const one = closed(happenings['a minute'](remade)).annotated({
      'etcd-operator.dev/rotate-ca': 'revoke',
      'kubectl.kubernetes.io/restartedAt': 'now',
    })
    expect(inShort(planCluster(one))).toBe('UpdateTemplate')
    const next = restarting(one.withStatefulSet({ template: templateHash(one.cluster), clusterId: one.cluster.status?.clusterID }))
    expect(next?.name).toBe('demo-0')
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

/** What becomes of it when every member answers and every node hears of what is new. */
function ended(world: CaWorld): CaWorld {
  let current = settle(healed(world))
  for (let hours = 0; hours < 15; hours++) {
    const before = current
    for (const time of ['a minute', 'a minute', 'a minute', 'a minute', 'a minute', 'a minute', hour, 'a minute'] as const)
      current = settle(rolled(settle(synced(happenings[time](current)))))
    if (current.ca === before.ca && current.members.every(({ pod }, index) => pod === before.members[index]?.pod)) return current
  }
  throw new Error('it finds no end')
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

function run(trace: readonly Happening[]): CaWorld {
  return trace.reduce((world, happening, index) => {
    let current = happenings[happening](world)
    for (let turn = 0; turn <= index % 4; turn++) current = afterwards(current, ours(viewOf(current)))
    return current
  }, aCaWorld(now))
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
