import { storedBackupFinalizer } from '../../../src/api/labels.ts'
import { isTerminal } from '../../../src/model/terminal.ts'
import { record } from '../figures.ts'
import { type Explored, search } from '../search.ts'
import { asKubernetesDoes, type Guarantees } from './calls.ts'
import { type FaultKind, faults } from './faults.ts'
import { brokenNow } from './invariants.ts'
import { keyOf } from './key.ts'
import { type Agent, kubernetes, stepwise } from './kubernetes.ts'
import { callsOf, operator, type Plans, plans as realPlans } from './operator.ts'
import { time } from './time.ts'
import { runTimesOf, type World } from './world.ts'

export interface Exploration {
  readonly from: readonly World[]
  readonly faults?: readonly FaultKind[]
  /** One call lands late, which costs a fault. */
  readonly lateCall?: boolean
  readonly plans?: Partial<Plans>
  readonly agent?: Agent
  readonly guarantees?: Guarantees
  readonly maxStates?: number
}

/**
 * Visits every world of one schedule that can come about (see search.ts).
 *
 * @throws Broken with the shortest trace
 */
export function explore(exploration: Exploration): Explored {
  const { from, faults: kinds = [], lateCall = false, agent = stepwise, guarantees = asKubernetesDoes, maxStates } = exploration
  const plans = { ...realPlans, ...exploration.plans }
  const explored = search<World>({
    from,
    keyOf,
    brokenNow,
    isUnderWay: ({ pending }) => pending !== undefined,
    maxStates,
    look(world) {
      const wanted = callsOf(world, plans)
      const soon = [...operator(world, wanted, guarantees, lateCall), ...kubernetes(world, agent)]
      const isQuiet = !soon.some(({ kind, to }) => kind !== 'fault' && to !== world) && world.pending === undefined
      return {
        transitions: [...soon, ...(isQuiet ? time(world) : []), ...faults(world, kinds)],
        plan: () => wanted.map(({ text }) => text).join('; ') || 'no calls',
        missing: () => missing(world),
      }
    },
  })
  record(explored)
  return explored
}

/** What is still to come of it, when nothing happens any more. */
function missing({ wishes: { schedule, backups }, runs }: World): string | undefined {
  const unfinished = backups.find((backup) => backup.metadata.deletionTimestamp === undefined && !isTerminal(backup))
  if (unfinished !== undefined) return `${unfinished.metadata.name} has not ended`
  const held = backups.find(
    ({ metadata }) => metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(storedBackupFinalizer),
  )
  if (held !== undefined) return `${held.metadata.name} still waits for its deletion`
  const made = new Set(Object.values(runs)).size
  const known = made + (schedule?.status?.missed ?? 0)
  const due = schedule === undefined ? 0 : runTimesOf(schedule).length
  if (known < due) return `of ${due} runs ${made} were made, and ${schedule?.status?.missed ?? 0} are counted as missed`
  return undefined
}
