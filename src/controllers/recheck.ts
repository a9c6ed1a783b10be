import type { Decision } from '../plan/cluster/step.ts'

/** A cluster with nothing to do is looked at so often: its members are asked directly, the API server isn't. */
const minSteadyMs = 5_000
/** `Available` means that a majority answered in the last 30 s. */
const maxSteadyMs = 15_000
/** Of each second the looks at all clusters take a part that doesn't grow with their number: a thousand are looked at every 15 s. */
const msPerCluster = 15

function steadyMsOf(clusters: number): number {
  return Math.min(maxSteadyMs, Math.max(minSteadyMs, clusters * msPerCluster))
}

/**
 * When to look at a cluster again. What is waited for is looked at ever more rarely while it doesn't come, down to the pace of a steady
 * cluster: watches, and silent members that answer again, wake the cluster anyway, and a hundred clusters that wait in vain must not take
 * the time of the others.
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
