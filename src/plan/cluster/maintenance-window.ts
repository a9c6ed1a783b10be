import { annotation } from '../../api/labels.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { mayDisrupt, opensAt, windowProblems } from '../../model/cluster/windows.ts'
import { rfc3339 } from '../../model/rfc3339.ts'
import { block, type Decision, type Step, stepId, wait } from './step.ts'

/** A longer look at a clock that may be set forward would miss the opening. */
const longestLookMs = 5000

/**
 * Makes a turn wait for a maintenance window (spec.maintenance.windows); undefined: it may begin. A rule asks before each step that comes
 * before the member is out of the client Service, and no more after that: what was begun is finished, so that a window that closes stops
 * after the present member. Repair never asks. The plan goes on to later rules, as if this rule had nothing to say (`planCluster`).
 *
 * @param turn the step that stands for the whole turn and gives the ID to approve of: the deletion of the pod, the removal of the member
 * @param what is held back, in words: `restarting demo-1`
 */
export function awaitWindow(view: ClusterView, turn: Step, what: string): Decision | undefined {
  if (mayDisrupt(view, turn)) return undefined
  const { cluster, now } = view
  const opens = opensAt(cluster, now)
  if (opens === undefined) return block('InvalidSpec', windowProblems(cluster).join('; '))
  const way = `To let it begin now: kubectl annotate etcdcluster ${cluster.metadata.name} ${annotation.approve}=${stepId(turn)} --overwrite`
  return wait(
    'WaitingForWindow',
    `${what} waits for the maintenance window that opens at ${rfc3339(opens)}. ${way}`,
    Math.min(Math.max(opens - now, 100), longestLookMs),
    { ...('member' in turn && turn.member !== undefined ? { member: turn.member } : {}), step: turn, notBefore: opens },
  )
}
