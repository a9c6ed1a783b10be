import { isOurs } from '../../model/cluster/members.ts'
import { nodeLossMs } from '../../model/cluster/node-loss.ts'
import { podTrouble } from '../../model/cluster/pod-trouble.ts'
import { whyUnhealthy } from '../../model/cluster/silence.ts'
import type { ClusterView, Member } from '../../model/cluster/view.ts'
import { type Action, type ClusterWait, wait } from './step.ts'

/**
 * Waits for an unhealthy member; what keeps its pod from running is told by a reason of its own. A person has to act when the member stays silent
 * longer than spec.repair.nodeLossAfter.
 */
export function awaitHealthy(
  view: ClusterView,
  sick: Member,
  about: { readonly until?: string; readonly member?: string; readonly next?: Action } = {},
): ClusterWait {
  const name = sick.name ?? sick.id
  const { until = '', member = name, next } = about
  const subject = { member, ...(next === undefined ? {} : { next }) }
  const trouble = isOurs(sick) ? podTrouble(view, name) : undefined
  if (trouble !== undefined) return wait(trouble.reason, trouble.message, 1000, subject)
  const why = isOurs(sick) ? whyUnhealthy(view, sick) : `${name} does not answer`
  return wait('MemberUnhealthy', `${why}${until}`, 1000, { ...subject, patienceMs: nodeLossMs(view) })
}
