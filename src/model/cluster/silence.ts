import { rfc3339 } from '../rfc3339.ts'
import { answerOf, listedByName, podOf } from './members.ts'
import { whyNodeLost, whyStranded } from './node-loss.ts'
import { isBeyondItsEnd } from './out.ts'
import { podTrouble } from './pod-trouble.ts'
import type { ClusterView, OurMember, PodFacts } from './view.ts'

/** Why a member does not answer, with its node and what a person can do there; begins with the member's name. */
export function whySilent(view: ClusterView, member: string): string {
  const pod = podOf(view, member)
  const stranded = pod?.node === undefined ? whyStranded(view, member) : undefined
  if (stranded !== undefined)
    return `${member} can't start: ${stranded}; bring that node back, or if it is gone for good, so is the data of ${member}`
  const trouble = podTrouble(view, member)
  if (trouble !== undefined) return trouble.message
  if (pod === undefined) return `${member} does not answer, because it has no pod`
  const where = pod.node === undefined ? '' : ` on node ${pod.node}`
  return `${member}${where} does not answer${whatOfNode(view, pod)}${whyStillThere(view, pod)}`
}

/** Why a listed member is not healthy, and what a person can do about it; begins with the member's name or its pod. */
export function whyUnhealthy(view: ClusterView, member: OurMember): string {
  const { name } = member
  const pod = podOf(view, name)
  if (answerOf(view, name) === undefined || pod === undefined) return `${whySilent(view, name)}${whatToDo(view, member, pod)}`
  const where = pod.node === undefined ? name : `${name} on node ${pod.node}`
  if (pod.endsBy !== undefined)
    return isBeyondItsEnd(view, pod) ? `${where} answers${whyStillThere(view, pod)}` : `pod ${name} is terminating`
  if (answerOf(view, name)?.hasLeader) return `${where} answers, and has not joined yet`
  return `${where} answers the operator and knows no leader, while a majority has one: look at the network between ${pod.node ?? 'its node'} and the other nodes, port 2380`
}

/** On a node that is ready the operator waits for a silent member without end. */
function whatToDo({ nodes }: ClusterView, { id, isLearner }: OurMember, pod: PodFacts | undefined): string {
  const facts = pod?.node === undefined ? undefined : nodes.get(pod.node)
  if (!facts?.known || facts.value.state !== 'ready') return ''
  const where = 'the log of its pod, the disk of the node and the network between the nodes'
  // A learner is not exchanged.
  return isLearner
    ? `, although the node is ready: look at ${where}`
    : `, although the node is ready: it is waited for and not replaced. Look at ${where}; if it can't come back, put ${id} into spec.repair.replaceMembers`
}

/** What is known of the node of a silent member, and what follows. */
function whatOfNode(view: ClusterView, { name, node }: PodFacts): string {
  const facts = node === undefined ? undefined : view.nodes.get(node)
  if (node === undefined || facts === undefined) return ''
  if (!facts.known)
    return facts.cause === 'forbidden'
      ? ` (the operator may not read nodes, so it can't tell whether ${node} is lost, and does not replace ${name}: allow it with the ClusterRole etcd-operator.dev:cluster-reader)`
      : ''
  const gone = whyNodeLost(view, node)
  if (gone !== undefined)
    return view.heardByLeader.known && view.heardByLeader.value.has(listedByName(view, name)?.id ?? '')
      ? ` to the operator; ${gone}, but etcd's leader is connected with ${name}, so it is not replaced`
      : `: ${gone}`
  if (facts.value.state === 'ready') return ''
  const away =
    facts.value.state === 'absent' ? `Node ${node} does not exist` : `the node has not been ready since ${rfc3339(facts.value.since)}`
  return `: ${away}, and counts as lost after spec.repair.nodeLossAfter (${view.cluster.spec.repair.nodeLossAfter})`
}

/** What to do about a pod that should have terminated by now; empty for any other pod. */
export function whyStillThere(view: ClusterView, pod: PodFacts): string {
  if (!isBeyondItsEnd(view, pod)) return ''
  return `, and pod ${pod.name} should have terminated by now: bring node ${pod.node} back, or delete the Node object if it was shut down for good`
}
