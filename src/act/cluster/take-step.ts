import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import type { Observation } from '../../observe/cluster/observe.ts'
import { type Decision, type Step, stepId } from '../../plan/cluster/step.ts'
import { lookAgain } from '../look-again.ts'
import { refused } from '../refused.ts'
import { steps } from './steps.ts'

export type StepDecision = Extract<Decision, { kind: 'step' }>

/** What `takeStep` needs of the world around it. */
export interface StepMoves {
  /** Writes the step into the status by compare-and-swap; returns the written EtcdCluster. */
  announce(view: ClusterView, decision: StepDecision): Promise<EtcdCluster>
  /** Reads everything from the API server and the members themselves. */
  observeLive(cluster: EtcdCluster): Promise<Observation>
  plan(view: ClusterView): Decision
  perform(observation: Observation, step: Step): Promise<void>
  monotonicMs(): number
}

/** `view` is the newest view, with the EtcdCluster after the announcement: the report's status is written over that version. */
export type StepOutcome =
  | { readonly kind: 'done'; readonly durationMs: number }
  /** The live read led to another decision: nothing was done. */
  | { readonly kind: 'changed'; readonly decision: Decision; readonly view: ClusterView }
  /** The live read took too long, or was too long ago: nothing was done. */
  | { readonly kind: 'late'; readonly why: string }
  /** The API server or etcd refused, or did not answer. */
  | { readonly kind: 'refused'; readonly decision: Extract<Decision, { kind: 'wait' }>; readonly view: ClusterView }

/**
 * Takes a dangerous step in four moves: the step is announced in the status by compare-and-swap; everything is read again live and
 * planned again; the step is carried out only if the same step results; the next pass observes the effect.
 *
 * So of two operators, or with an operator whose process was frozen, only one acts: the other one's announcement fails, or its live
 * read leads to another decision.
 */
export async function takeStep(moves: StepMoves, seen: ClusterView, decision: StepDecision): Promise<StepOutcome> {
  const startMs = moves.monotonicMs()
  let view = seen
  try {
    if (!steps[decision.step.do].announcesItself) view = announced(seen, await moves.announce(seen, decision))
    const again = await lookAgain({
      look: () => moves.observeLive(view.cluster),
      plan: (observation: Observation) => moves.plan(observation.view),
      isDue: (now: Decision): now is StepDecision => now.kind === 'step' && stepId(now.step) === stepId(decision.step),
      act: (observation, { step }) => moves.perform(observation, step),
      monotonicMs: () => moves.monotonicMs(),
    })
    if (again.kind === 'acted') return { kind: 'done', durationMs: moves.monotonicMs() - startMs }
    return again.kind === 'late' ? { kind: 'late', why: again.why } : { kind: 'changed', decision: again.decision, view: again.seen.view }
  } catch (error) {
    const refusal = refused(error, decision.step.do)
    if (refusal === undefined) throw error
    return { kind: 'refused', decision: refusal, view }
  }
}

/** Keeps the spec of the view: its image may come from the flag --etcd-image-repository. */
function announced(view: ClusterView, { metadata, status }: EtcdCluster): ClusterView {
  return { ...view, cluster: { ...view.cluster, metadata, ...(status ? { status } : {}) } }
}
