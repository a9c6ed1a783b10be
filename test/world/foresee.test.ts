import { describe, expect, test } from 'vitest'
import { foresee } from '../../src/plan/cluster/foresee/foresee.ts'
import { planCluster } from '../../src/plan/cluster/policy.ts'
import { environment } from './environment.ts'
import { operator } from './operator.ts'
import { listening } from './tls.ts'
import { viewOf } from './view-of.ts'
import { versions } from './workflows.ts'
import { aRunningWorld, aWorld, type World, withPod, withVolume } from './world.ts'

/** What the dry run lists is what the operator then does, in a world in which nothing fails. */

const asked = (world: World, wish: Partial<World['wish']>): World => ({ ...world, wish: { ...world.wish, ...wish } })

/** The volume of this member is new: its config refuses to start on it. */
function withLostVolume(world: World, ordinal: number): World {
  const volume = { uid: 900, deleting: false, log: undefined, marked: undefined }
  const pod = { uid: 901, phase: 'backoff', exit: 'empty-volume', serving: true, mounted: world.configs?.entries[ordinal] } as const
  return withPod(withVolume(world, ordinal, volume), ordinal, pod)
}

describe.each(versions)('with etcd %s', (version) => {
  const running = (size: number, leader = 0) => aRunningWorld(size, version, leader)
  test.each<readonly [string, World]>([
    ['nothing at all', running(3)],
    ['the beginning of a single member', aWorld(1, version)],
    ['the beginning of three', aWorld(3, version)],
    ['growth from one to three', asked(running(1), { size: 3 })],
    ['growth from three to five', asked(running(3), { size: 5 })],
    ['growth from one to seven', asked(running(1), { size: 7 })],
    ['shrinking from five to three', asked(running(5), { size: 3 })],
    ['shrinking from three to one', asked(running(3), { size: 1 })],
    ['shrinking away from the leader', asked(running(5, 4), { size: 3 })],
    ['the exchange of a follower', asked(running(3), { replace: ['f1'] })],
    ['the exchange of the leader', asked(running(3, 1), { replace: ['f1'] })],
    ['the exchange of two', asked(running(3), { replace: ['f1', 'f2'] })],
    ['an exchange and growth', asked(running(3), { replace: ['f1'], size: 5 })],
    ['the exchange of a single member', asked(running(1), { replace: ['f0'] })],
    ['a roll', asked(running(3), { made: { pod: 1 } })],
    ['a roll away from the leader', asked(running(3, 1), { made: { pod: 1, settings: 1 } })],
    ['a roll of five', asked(running(5), { made: { settings: 1 } })],
    ['a restart of a single member', asked(running(1), { made: { restart: 1 } })],
    ['another patch version', asked(running(3), { made: { version: version.replace(/\d+$/, '99') } })],
    ['a roll and growth', asked(running(3), { made: { pod: 1 }, size: 5 })],
    ['a roll and shrinking', asked(running(5), { made: { settings: 1 }, size: 3 })],
    ['a roll and an exchange', asked(running(3), { made: { pod: 1 }, replace: ['f1'] })],
    ['encryption', asked(running(3), { made: { tls: 'Required' } })],
    ['the end of encryption', asked(listening(running(3, 1), 'Required'), { made: { tls: 'Off' } })],
    ['encryption of a single member', asked(running(1), { made: { tls: 'Required' } })],
    ['encryption and growth', asked(running(3), { made: { tls: 'Required' }, size: 5 })],
    ['larger volumes', asked(running(3), { storage: 2 })],
    ['larger volumes and growth', asked(running(1), { storage: 2, size: 3 })],
    ['the moves of three to new volumes', asked(running(3), { storage: 2, moves: true })],
    ['the repair of a follower', withLostVolume(running(3), 1)],
    ['a repair and growth', asked(withLostVolume(running(3), 2), { size: 5 })],
  ])('it foresees %s', (_, world) => {
    expect(foreseen(world)).toEqual(carriedOut(world))
  })
})

test('it foresees that a paused cluster stays as it is', () => {
  expect(foresee(viewOf(asked(aRunningWorld(3), { size: 5, paused: true })))).toMatchObject([{ action: 'Block', reason: 'Paused' }])
})

function foreseen(world: World): readonly string[] {
  return foresee(viewOf(world)).map(({ action, member, reason }) => [action, ...(member === undefined ? [] : [member]), reason].join(' '))
}

/** The steps of the operator, each once the world has come to rest. */
function carriedOut(world: World): readonly string[] {
  const done: string[] = []
  let now = atRest(world)
  for (let passes = 0; passes < 300; passes += 1) {
    const view = viewOf(now)
    const decision = planCluster(view)
    if (decision.kind === 'steady') return done
    const [next] = operator(now, view, decision, planCluster)
    if (decision.kind === 'step') {
      const { step } = decision
      done.push([step.do, ...('member' in step && step.member !== undefined ? [step.member] : []), decision.reason].join(' '))
    }
    expect(next?.to, `after ${done.join(', ')}: ${JSON.stringify(decision)}`).not.toBe(now)
    if (next === undefined) throw new Error(`it ends with ${JSON.stringify(decision)} after ${done.join(', ')}`)
    now = atRest(next.to)
  }
  throw new Error(`it never ends: ${done.join(', ')}`)
}

/** Until nothing happens by itself any more. */
function atRest(world: World): World {
  const next = environment(world).find(({ kind, to }) => (kind === 'progress' || kind === 'retry') && to !== world)
  return next === undefined ? world : atRest(next.to)
}
