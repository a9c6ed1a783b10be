import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import type { Observation } from '../../observe/cluster/observe.ts'
import { type Decision, type Step, stepId } from '../../plan/cluster/step.ts'
import { steps } from './steps.ts'

export type StepDecision = Extract<Decision, { kind: 'step' }>

/** What `takeStep` needs of the world around it. */
export interface StepMoves {
  /** Writes the step into the status by compare-and-swap; returns the EtcdCluster as it is then. */
  announce(view: ClusterView, decision: StepDecision): Promise<EtcdCluster>
  /** Reads everything from the API server and the members themselves. */
  observeLive(cluster: EtcdCluster): Promise<Observation>
  plan(view: ClusterView): Decision
  perform(observation: Observation, step: Step): Promise<void>
  monotonicMs(): number
}

export type StepOutcome =
  | { readonly kind: 'done'; readonly decision: StepDecision; readonly durationMs: number }
  /** The live look led to another decision: nothing was done. */
  | { readonly kind: 'changed'; readonly decision: Decision; readonly view: ClusterView }

/** A step is carried out no later than this after the live look that it rests on. */
const freshMs = 2000

/**
 * A dangerous step, in four moves: announced in the status by compare-and-swap, everything read again live and planned
 * again, carried out only if the same step results, and left to the next pass to be observed.
 *
 * So of two operators, or one that slept, only one acts: the other's announcement fails, or its live look differs.
 */
export async function takeStep(moves: StepMoves, seen: ClusterView, decision: StepDecision): Promise<StepOutcome> {
  const startMs = moves.monotonicMs()
  const cluster = steps[decision.step.do].announcesItself ? seen.cluster : await moves.announce(seen, decision)

  const lookedMs = moves.monotonicMs()
  const observation = await moves.observeLive(cluster)
  const { view } = observation
  const again = moves.plan(view)
  if (again.kind !== 'step' || stepId(again.step) !== stepId(decision.step)) return { kind: 'changed', decision: again, view }
  if (moves.monotonicMs() - lookedMs > freshMs) return { kind: 'changed', decision: again, view }

  await moves.perform(observation, again.step)
  return { kind: 'done', decision: again, durationMs: moves.monotonicMs() - startMs }
}
