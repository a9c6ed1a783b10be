import { type Exploration, modelOf } from './explore.ts'
import { record } from './figures.ts'
import { Broken, type Look, type Transition } from './search.ts'
import type { World } from './world.ts'

export interface Walk extends Exploration {
  readonly seed: number
  /** Each begins with a healed cluster. */
  readonly rounds: number
  /** What the user asks for and how many faults happen in the next round. */
  readonly next: (world: World, random: (below: number) => number) => World
}

/** Steps within which whatever can be healed is, once the faults are over. */
const patience = 2_000
/** Of so many transitions one is a fault, as long as faults are left. */
const oneFaultIn = 12

/**
 * One long way through the worlds of a cluster, by chance, and always the same way from the same seed: in each round the user asks for
 * something and faults happen at any moment; then nothing more happens, and everything that can be healed must be. Where only people
 * can go on another cluster takes the place of this one.
 *
 * @throws Broken with the way since the last healed world
 */
export function walk(walked: Walk): { readonly steps: number } {
  const startMs = performance.now()
  const model = modelOf(walked)
  const random = generator(walked.seed)
  let world = pick(walked.from, random)
  let steps = 0
  for (let round = 1; round <= walked.rounds; round += 1) {
    const trace: string[] = [`-- round ${round} of seed ${walked.seed}`]
    world = walked.next(world, random)
    let settling = 0
    for (;;) {
      const look = model.look(world)
      assertTrue(look, trace)
      const next = choose(look, world, random, settling > patience / 2)
      if (next === undefined) break
      trace.push(next.text)
      const broken = [...next.violations, ...model.brokenNow(next.to)]
      if (broken.length > 0) throw new Broken(`seed ${walked.seed}: ${broken.join('; ')}`, trace)
      world = next.to
      steps += 1
      settling = world.faultsLeft === 0 && world.later.length === 0 ? settling + 1 : 0
      if (settling > patience) throw new Broken(`seed ${walked.seed}: nothing comes to an end`, trace)
    }
    const look = model.look(world)
    const lacking = look.missing()
    if (lacking !== undefined) throw new Broken(`seed ${walked.seed}: nothing happens any more (${look.plan()}), but ${lacking}`, trace)
    if (look.plan() !== 'steady') world = pick(walked.from, random)
  }
  // The same world may come again and again: it counts for none.
  record({ states: 0, transitions: steps, ms: performance.now() - startMs })
  return { steps }
}

function assertTrue(look: Look<World>, trace: readonly string[]): void {
  const lie = look.untrue?.()
  if (lie !== undefined) throw new Broken(`the plan says that nothing is left to do, but ${lie}`, trace)
}

/** Undefined: nothing happens any more by itself. `fairly`: what begins by itself comes before a pass, as in search.ts. */
function choose(look: Look<World>, world: World, random: (below: number) => number, fairly: boolean): Transition<World> | undefined {
  const moving = look.transitions.filter(({ to, violations }) => to !== world || violations.length > 0)
  const faults = moving.filter(({ kind }) => kind === 'fault')
  const others = moving.filter(({ kind }) => kind !== 'fault')
  const isLeft = world.faultsLeft > 0 || world.pending !== undefined
  if (faults.length > 0 && isLeft && (others.length === 0 || random(oneFaultIn) === 0)) return pick(faults, random)
  for (const kind of fairly ? order : []) {
    const found = others.find((transition) => transition.kind === kind)
    if (found !== undefined) return found
  }
  return others.length === 0 ? undefined : pick(others, random)
}

const order: readonly Transition<World>['kind'][] = ['progress', 'operator', 'retry', 'user', 'time']

function pick<T>(list: readonly T[], random: (below: number) => number): T {
  const picked = list[random(list.length)]
  if (picked === undefined) throw new Error('nothing to pick from')
  return picked
}

/** Marsaglia's xorshift of 32 bits: whole numbers below a bound, the same ones from the same seed. */
function generator(seed: number): (below: number) => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}
