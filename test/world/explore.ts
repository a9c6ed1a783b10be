import type { ClusterView } from '../../src/model/cluster-view.ts'
import { planCluster } from '../../src/plan/plan.ts'
import type { Decision } from '../../src/plan/step.ts'
import { environment, type FaultKind, faults, type Transition, time } from './environment.ts'
import { brokenNow } from './invariants.ts'
import { keyOf } from './key.ts'
import { type OperatorFaults, operator, type Plan } from './operator.ts'
import { viewOf } from './view-of.ts'
import type { World } from './world.ts'

export interface Exploration {
  /** Where it may begin. */
  readonly from: readonly World[]
  readonly plan?: Plan
  readonly operator?: OperatorFaults
  readonly faults?: readonly FaultKind[]
  /** Why a world in which nothing happens any more is not what was wished for; undefined when it is. */
  readonly missing: (world: World, decision: Decision) => string | undefined
  /** Why a plan that says that nothing is left to do is wrong; undefined when it is right. */
  readonly untrue?: (world: World) => string | undefined
  /** Stops with an error beyond it: a workflow that has grown by accident should be noticed. */
  readonly maxStates?: number
}

export interface Explored {
  readonly states: number
  readonly transitions: number
  /** Steps of the longest fair run without faults, from any state to the end. */
  readonly longestRun: number
  readonly ms: number
}

/** What was broken, and the shortest way there. */
export class Broken extends Error {
  override readonly name = 'Broken'

  constructor(what: string, trace: readonly string[]) {
    super([what, ...trace.map((line, index) => `${String(index + 1).padStart(3)}  ${line}`)].join('\n'))
  }
}

/**
 * Visits every world that can come about, each once, nearest first:
 *
 * - after every transition all invariants hold;
 * - from every world two opposite fair schedules without further faults (the environment first, the operator first) lead to
 *   a world in which nothing happens any more, and that is the wished one: no state is absorbing, no run goes round for ever.
 *
 * @throws Broken with the shortest trace
 */
export function explore(exploration: Exploration): Explored {
  const startMs = performance.now()
  const { plan = planCluster, missing, untrue, maxStates = 2_000_000 } = exploration
  const states: World[] = [...exploration.from]
  const parents: number[] = states.map(() => -1)
  const indexes = new Map(states.map((world, index) => [keyOf(world), index]))
  const runs: [environmentFirst: number[], operatorFirst: number[]] = [[], []]
  let transitions = 0

  const traceTo = (index: number) => replay(states, parents, index, exploration)

  for (let index = 0; index < states.length; index += 1) {
    const world = states[index]
    if (world === undefined) break
    const view = viewOf(world)
    const decision = plan(view)
    const next: (readonly [Transition, number])[] = []
    for (const transition of transitionsOf(world, view, decision, exploration)) {
      if (transition.to === world && transition.violations.length === 0) continue
      const broken = [...transition.violations, ...brokenNow(transition.to)]
      if (broken.length > 0) throw new Broken(broken.join('; '), [...traceTo(index), transition.text])
      const key = keyOf(transition.to)
      let target = indexes.get(key)
      if (target === undefined) {
        if (states.length >= maxStates) throw new Error(`more than ${maxStates} worlds`)
        target = states.length
        indexes.set(key, target)
        states.push(transition.to)
        parents.push(index)
      }
      if (target === index) continue
      transitions += 1
      next.push([transition, target])
    }
    for (const [which, order] of schedules.entries()) runs[which]?.push(choose(next, order))
    const isQuiet = next.every(([{ kind }]) => kind === 'fault') && world.pending === undefined
    const lacking = isQuiet ? missing(world, decision) : undefined
    if (lacking !== undefined) throw new Broken(`nothing happens any more (${say(decision)}), but ${lacking}`, traceTo(index))
    const lie = decision.kind === 'steady' ? untrue?.(world) : undefined
    if (lie !== undefined) throw new Broken(`the plan says that nothing is left to do, but ${lie}`, traceTo(index))
  }

  let longestRun = 0
  for (const [which, successors] of runs.entries()) {
    const run = followAll(successors)
    if (run.cycle !== undefined) {
      const round = run.cycle.map((index) => explain(states, index, successors[index] ?? -1, exploration))
      throw new Broken(`goes round for ever (${which === 0 ? 'environment' : 'operator'} first)`, [
        ...traceTo(run.cycle[0] ?? 0),
        '-- and then again and again:',
        ...round,
      ])
    }
    longestRun = Math.max(longestRun, run.longest)
  }
  return { states: states.length, transitions, longestRun, ms: Math.round(performance.now() - startMs) }
}

function transitionsOf(
  world: World,
  view: ClusterView,
  decision: Decision,
  { operator: operatorFaults, faults: kinds = [] }: Exploration,
): readonly Transition[] {
  const soon = [...operator(world, view, decision, operatorFaults), ...environment(world)]
  const isQuiet = !soon.some(({ kind, to }) => kind !== 'user' && kind !== 'fault' && to !== world)
  return [...soon, ...(isQuiet ? time(world) : []), ...faults(world, kinds)]
}

const schedules: readonly (readonly Transition['kind'][])[] = [
  ['progress', 'operator', 'retry', 'user', 'time'],
  ['operator', 'progress', 'retry', 'user', 'time'],
]

/** The one that a schedule takes; a call that is under way first lands or is lost. */
function choose(next: readonly (readonly [Transition, number])[], order: readonly Transition['kind'][]): number {
  for (const kind of order) {
    const found = next.find(([transition]) => transition.kind === kind)
    if (found !== undefined) return found[1]
  }
  return next.find(([{ kind, to }]) => kind === 'fault' && to.pending === undefined)?.[1] ?? -1
}

/** Follows the one successor of every state to its end; a cycle where there is none. */
function followAll(successors: readonly number[]): { readonly longest: number; readonly cycle?: readonly number[] } {
  const lengths = new Map<number, number>([[-1, -1]])
  let longest = 0
  for (let start = 0; start < successors.length; start += 1) {
    const path: number[] = []
    const onPath = new Set<number>()
    let at = start
    while (!lengths.has(at)) {
      if (onPath.has(at)) return { longest, cycle: path.slice(path.indexOf(at)) }
      onPath.add(at)
      path.push(at)
      at = successors[at] ?? -1
    }
    let length = lengths.get(at) ?? -1
    for (const index of path.toReversed()) lengths.set(index, ++length)
    longest = Math.max(longest, length)
  }
  return { longest }
}

/** The lines from the beginning to this state. */
function replay(states: readonly World[], parents: readonly number[], index: number, exploration: Exploration): readonly string[] {
  const lines: string[] = []
  for (let at = index; (parents[at] ?? -1) >= 0; at = parents[at] ?? -1) lines.unshift(explain(states, parents[at] ?? 0, at, exploration))
  return lines
}

function explain(states: readonly World[], from: number, to: number, exploration: Exploration): string {
  const [before, after] = [states[from], states[to]]
  if (before === undefined || after === undefined) return '?'
  const view = viewOf(before)
  const transitions = transitionsOf(before, view, (exploration.plan ?? planCluster)(view), exploration)
  return transitions.find((transition) => keyOf(transition.to) === keyOf(after))?.text ?? '?'
}

function say(decision: Decision): string {
  if (decision.kind === 'steady') return 'steady'
  return decision.kind === 'step' ? `${decision.step.do}: ${decision.message}` : `${decision.kind} ${decision.reason}: ${decision.message}`
}
