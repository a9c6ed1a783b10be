import { ordinalOf } from '../names.ts'
import type { Answer, ClusterView, ConfigEntry, Member, OurMember, PodFacts, ServingAnswer, VolumeFacts } from './view.ts'

/** Questions about members. Rows are joined by name (through the peer URL) and ID, never by index or count. */

export function listed(view: Pick<ClusterView, 'membership'>): readonly Member[] {
  return view.membership.known ? view.membership.value.members : []
}

export function voters(view: ClusterView): readonly Member[] {
  return listed(view).filter((member) => !member.isLearner)
}

export function learners(view: ClusterView): readonly Member[] {
  return listed(view).filter((member) => member.isLearner)
}

/** Whether a majority has given the list, and the operator added all that are on it: only then is a name without a row no member. */
export function isListOurs(view: ClusterView): boolean {
  return view.membership.known && view.membership.value.members.every(isOurs)
}

/** Whether the operator added the member. */
export function isOurs(member: Member): member is OurMember {
  return member.name !== undefined
}

export function listedByName(view: ClusterView, name: string): Member | undefined {
  return listed(view).find((member) => member.name === name)
}

export function podOf(view: Pick<ClusterView, 'pods'>, name: string): PodFacts | undefined {
  return view.pods.find((pod) => pod.name === name)
}

export function volumeOf(view: ClusterView, name: string): VolumeFacts | undefined {
  return view.volumes.find((volume) => volume.member === name)
}

export function configOf(view: ClusterView, name: string): ConfigEntry | undefined {
  return view.config.state === 'ours' ? view.config.value.members.get(name) : undefined
}

/** The status that the etcd in a pod answers; undefined when it doesn't answer. */
export function answerOf(view: Pick<ClusterView, 'answers'>, name: string): Answer | undefined {
  const answer = view.answers.get(name)
  return answer?.known ? answer.value : undefined
}

/**
 * The answer of a member that refuses the operator because it has no user; undefined while no member refuses it. etcd's
 * authentication is on for all members or for none.
 */
export function asksForUser({ answers, membership }: ClusterView): string | undefined {
  for (const [name, answer] of answers) if (!answer.known && answer.cause === 'forbidden') return `${name}: ${answer.why}`
  return !membership.known && membership.cause === 'forbidden' ? membership.why : undefined
}

/**
 * Whether a listed member has started: it has published its client URLs, and its own pod answers with its ID.
 * A name in the list proves nothing: a static bootstrap lists every name from the first moment.
 */
export function isStarted(view: ClusterView, member: Member): boolean {
  return member.published && member.name !== undefined && answerOf(view, member.name)?.memberId === member.id
}

/** Whether a member answers with its own ID and knows a leader. */
export function isLed(view: Pick<ClusterView, 'answers'>, { name, id }: { readonly name: string; readonly id: string }): boolean {
  const answer = answerOf(view, name)
  return answer?.memberId === id && answer.hasLeader
}

/** Whether a member answers, knows a leader, and its pod is not terminating: etcd answers until its very last moment. */
export function isHealthy(view: ClusterView, member: Member): boolean {
  if (member.name === undefined || !isStarted(view, member)) return false
  return answerOf(view, member.name)?.hasLeader === true && podOf(view, member.name)?.endsBy === undefined
}

/** The leader, as the members with the highest term name it; undefined while there is none. */
export function leaderOf(view: Pick<ClusterView, 'answers' | 'membership'>): Member | undefined {
  let newest: ServingAnswer | undefined
  for (const answer of view.answers.values()) {
    if (!answer.known || !answer.value.serves || answer.value.leaderId === undefined) continue
    if (answer.value.raftTerm > (newest?.raftTerm ?? -1)) newest = answer.value
  }
  return listed(view).find((member) => member.id === newest?.leaderId)
}

/** Entries of the leader's log that a member has not applied yet; undefined while either is unknown. */
export function raftLag(view: ClusterView, member: Member): number | undefined {
  const leader = leaderOf(view)
  const ahead = leader?.name === undefined ? undefined : answerOf(view, leader.name)
  const own = member.name === undefined ? undefined : answerOf(view, member.name)
  return ahead?.serves && own?.memberId === member.id ? Math.max(0, ahead.raftIndex - own.raftAppliedIndex) : undefined
}

/** Whether a pod's etcd may be running: only a container that is known not to run takes no part. */
export function mayTakePart(pod: PodFacts): boolean {
  return pod.etcd.state === 'running'
}

/** Whether no etcd runs any more in a pod that was deleted. */
export function isStopped(pod: PodFacts | undefined): boolean {
  return pod === undefined || (pod.endsBy !== undefined && pod.etcd.state === 'terminated')
}

export function byOrdinal(view: ClusterView): (a: string, b: string) => number {
  return (a, b) => (ordinalOf(view.cluster, a) ?? 0) - (ordinalOf(view.cluster, b) ?? 0)
}

/** Replicas that a StatefulSet needs so that the pods of these members exist. */
export function replicasFor(view: ClusterView, names: Iterable<string>): number {
  return Math.max(0, ...[...names].map((name) => (ordinalOf(view.cluster, name) ?? -1) + 1))
}
