import type { Decision } from '../plan/cluster/step.ts'

/** The shortest interval between passes over a steady cluster: such a pass asks the members, but not the API server. */
const minSteadyMs = 5_000
/** The longest interval: `Available` means that a majority answered in the last 30 s. */
const maxSteadyMs = 15_000
/** The interval grows with the number of clusters, so that all steady passes take a bounded share of time: 15 s for a thousand clusters. */
const msPerCluster = 15

function steadyMsOf(clusters: number): number {
  return Math.min(maxSteadyMs, Math.max(minSteadyMs, clusters * msPerCluster))
}

/**
 * When the next pass over a cluster is due. The longer a cluster waits, the rarer its passes are, down to the pace of a steady cluster:
 * watches, and silent members that answer again, wake the cluster anyway, and a hundred waiting clusters must not take the time of the
 * others.
 */
export class Recheck {
  #waiting: { readonly what: string; readonly sinceMs: number } | undefined

  /** `clusters`: how many the operator looks after. */
  afterMs(decision: Exclude<Decision, { kind: 'step' }>, nowMs: number, clusters: number): number {
    const steadyMs = steadyMsOf(clusters)
    if (decision.kind !== 'wait') {
      this.#waiting = undefined
      return steadyMs
    }
    const what = `${decision.reason}: ${decision.message}`
    if (this.#waiting?.what !== what) this.#waiting = { what, sinceMs: nowMs }
    return Math.max(decision.recheckMs, Math.min(steadyMs, (nowMs - this.#waiting.sinceMs) / 20))
  }
}
