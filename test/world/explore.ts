import type { ClusterView } from '../../src/model/cluster/view.ts'
import { type Planned, planCluster } from '../../src/plan/cluster/policy.ts'
import type { Decision } from '../../src/plan/cluster/step.ts'
import { environment, type Transition, time } from './environment.ts'
import { type FaultKind, faults } from './faults.ts'
import { record } from './figures.ts'
import { help } from './help.ts'
import { brokenNow } from './invariants.ts'
import { keyOf } from './key.ts'
import { type OperatorFaults, operator, type Plan } from './operator.ts'
import { type Explored, type Model, search } from './search.ts'
import { cachedViewOf, viewOf } from './view-of.ts'
import type { World } from './world.ts'

export interface Exploration {
  /** Where it may begin. */
  readonly from: readonly World[]
  readonly plan?: Plan
  /** `away`: no pass is made. */
  readonly operator?: OperatorFaults | 'away'
  readonly faults?: readonly FaultKind[]
  /** Somebody does what the status tells people to do. */
  readonly help?: boolean
  /** Why a world in which nothing happens any more is not what was wished for; undefined when it is. */
  readonly missing: (world: World, decision: Decision) => string | undefined
  /** Why a plan that says that nothing is left to do is wrong; undefined when it is right. */
  readonly untrue?: (world: World) => string | undefined
  /** Stops with an error beyond it: a workflow that has grown by accident should be noticed. */
  readonly maxStates?: number
}

/**
 * Visits every world of one cluster that can come about (see search.ts).
 *
 * @throws Broken with the shortest trace
 */
export function explore(exploration: Exploration): Explored {
  const explored = search<World>(modelOf(exploration))
  record(explored)
  return explored
}

/** What search.ts and walk.ts know of one cluster's world. */
export function modelOf(exploration: Exploration): Model<World> {
  const { from, plan = planCluster, missing, untrue, maxStates } = exploration
  return {
    from,
    keyOf,
    brokenNow,
    isUnderWay: ({ pending }) => pending !== undefined,
    maxStates,
    look(world) {
      const view = trustsCache(exploration) && world.cache !== undefined ? viewOf({ ...world, ...world.cache }) : cachedViewOf(world)
      const decision = plan(view)
      return {
        transitions: transitionsOf(world, view, decision, plan, exploration),
        plan: () => say(decision),
        missing: () => missing(world, decision),
        untrue: () => (decision.kind === 'steady' && world.cache === undefined ? untrue?.(world) : undefined),
      }
    },
  }
}

function trustsCache({ operator: given }: Exploration): boolean {
  return given !== 'away' && given?.trustsCache === true
}

function transitionsOf(
  world: World,
  view: ClusterView,
  decision: Planned,
  plan: Plan,
  { operator: operatorFaults, faults: kinds = [], help: isHelped = false }: Exploration,
): readonly Transition[] {
  const passes = operatorFaults === 'away' ? [] : operator(world, view, decision, plan, operatorFaults)
  const soon = [...passes, ...environment(world), ...(isHelped ? help(world) : [])]
  const isQuiet = !soon.some(({ kind, to }) => kind !== 'user' && kind !== 'fault' && to !== world)
  return [...soon, ...(isQuiet ? time(world) : []), ...faults(world, kinds)]
}

function say(decision: Decision): string {
  if (decision.kind === 'steady') return 'steady'
  return decision.kind === 'step' ? `${decision.step.do}: ${decision.message}` : `${decision.kind} ${decision.reason}: ${decision.message}`
}
