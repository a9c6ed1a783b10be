import { podOf } from './members.ts'
import { isBeyondItsEnd } from './out.ts'
import { podTrouble } from './pod-trouble.ts'
import type { ClusterView, PodFacts } from './view.ts'

/** Why a member does not answer, with its node and what a person can do there; begins with the member's name. */
export function whySilent(view: ClusterView, member: string): string {
  const trouble = podTrouble(view, member)
  if (trouble !== undefined) return trouble.message
  const pod = podOf(view, member)
  if (pod === undefined) return `${member} does not answer, because it has no pod`
  const where = pod.node === undefined ? '' : ` on node ${pod.node}`
  return `${member}${where} does not answer${whyStillThere(view, pod)}`
}

/** What to do about a pod that should have terminated by now; empty for any other pod. */
export function whyStillThere(view: ClusterView, pod: PodFacts): string {
  if (!isBeyondItsEnd(view, pod)) return ''
  return `, and pod ${pod.name} should have terminated by now: bring node ${pod.node} back, or delete the Node object if it was shut down for good`
}
