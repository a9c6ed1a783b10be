import { viewOf } from '../../world/view-of.ts'
import { aWorld } from '../../world/world.ts'
import { type Action, nothingToActOn, textOf } from './action.ts'
import type { RealCluster } from './in-cluster.ts'
import { act } from './in-model.ts'
import { FirstSeen, observed } from './observed.ts'
import type { Scenario } from './scenario.ts'

/** One moment of rest, in both worlds. */
interface Moment {
  readonly action: string
  readonly model: readonly string[]
  readonly real: readonly string[]
}

/** The histories differ: from the first difference on nothing can be compared any more. */
export class Differs extends Error {
  override readonly name = 'Differs'

  constructor(
    { seed, size, version }: Scenario,
    moments: readonly Moment[],
    refused: { model: string | undefined; real: string | undefined },
  ) {
    const told = moments.flatMap((moment, index) => [
      `${index + 1}. ${moment.action}`,
      ...(index < moments.length - 2 ? [] : sideBySide(moment)),
    ])
    const why = `refused in the model: ${refused.model ?? 'no'}; in the cluster: ${refused.real ?? 'no'}`
    super(`seed ${seed}, ${size} members of etcd ${version}: the model and the cluster differ\n${told.join('\n')}\n${why}`)
  }
}

const askEveryMs = 500
/** For a pod to start on a busy machine, and for a container that has ended a few times to be started again. */
const patienceMs = 120_000
/** etcd takes no new member within 5 s of a change: a step that the model refuses must be refused for longer. */
const refusedMs = 7_000

/**
 * Does the same in the model and in the cluster, and waits after each action until the cluster is as the model is at rest.
 *
 * @throws Differs with both histories
 */
export async function replay(scenario: Scenario, real: RealCluster): Promise<number> {
  let world = aWorld(scenario.size, scenario.version)
  const seen = { model: new FirstSeen(), real: new FirstSeen() }
  const moments: Moment[] = []
  for (const action of scenario.actions) {
    const acted = act(world, action)
    world = acted.world
    const wanted = observed(viewOf(world), seen.model)
    const found = await reach(real, action, acted.refused, wanted, seen.real)
    moments.push({ action: textOf(action), model: wanted, real: found.lines })
    const isAlike = (found.refused === undefined) === (acted.refused === undefined)
    if (!isAlike || !isSame(wanted, found.lines)) throw new Differs(scenario, moments, { model: acted.refused, real: found.refused })
    seen.model.rests(viewOf(world))
    seen.real.rests(found.view)
  }
  return moments.length
}

interface Found {
  readonly lines: readonly string[]
  readonly view: Awaited<ReturnType<RealCluster['look']>>
  readonly refused: string | undefined
}

async function reach(
  real: RealCluster,
  action: Action,
  refusedInModel: string | undefined,
  wanted: readonly string[],
  seen: FirstSeen,
): Promise<Found> {
  const begin = performance.now()
  let refused = await real.act(action)
  let same = 0
  for (;;) {
    const view = await real.look()
    const lines = observed(view, seen)
    const spent = performance.now() - begin
    const isRefusedLongEnough = refusedInModel === undefined || spent > refusedMs
    same = isSame(wanted, lines) ? same + 1 : 0
    // Twice: what the action has begun may not be seen yet at the first look.
    if ((same >= 2 && isRefusedLongEnough && (refused === undefined) === (refusedInModel === undefined)) || spent > patienceMs)
      return { lines, view, refused }
    await new Promise((resolve) => setTimeout(resolve, askEveryMs))
    // Refused for now, by a precondition or by etcd's own rules of time.
    if (refused === undefined || !('do' in action) || (refusedInModel !== undefined && spent >= refusedMs)) continue
    const before: string | undefined = refused
    refused = await real.act(action)
    // The reply of the first try was lost, and not what it did.
    if (refused === nothingToActOn && before !== nothingToActOn && refusedInModel === undefined) refused = undefined
  }
}

function isSame(some: readonly string[], other: readonly string[]): boolean {
  return some.join('\n') === other.join('\n')
}

function sideBySide({ model, real }: Moment): readonly string[] {
  const only = (lines: readonly string[], other: readonly string[]) => lines.filter((line) => !other.includes(line))
  return [
    ...model.filter((line) => real.includes(line)).map((line) => `     both     ${line}`),
    ...only(model, real).map((line) => `     model    ${line}`),
    ...only(real, model).map((line) => `     cluster  ${line}`),
  ]
}
