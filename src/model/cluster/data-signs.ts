import { answerOf, leaderOf } from './members.ts'
import type { ClusterView, PodFacts } from './view.ts'

/** Signs that the data of members may differ. None of them tells whose data is wrong. */

/**
 * The CORRUPT alarms, by the member ID that each names; `0` names no member. The leader's list counts, because a follower may lag and a
 * removed member may still answer; without a leader that answers, any member's.
 */
export function corruptAlarms(view: Pick<ClusterView, 'answers' | 'membership'>): readonly string[] {
  const leader = leaderOf(view)?.name
  const leaders = leader === undefined ? undefined : answerOf(view, leader)
  const answers = leaders?.serves ? [leaders] : [...view.answers.values()].flatMap((answer) => (answer.known ? answer.value : []))
  const alarms = answers.flatMap((answer) => (answer.serves ? answer.alarms : []))
  return [...new Set(alarms.flatMap(({ alarm, memberId }) => (alarm === 'CORRUPT' ? memberId : [])))].toSorted()
}

/**
 * Pods of listed members whose etcd does not start because its data differs from that of any member that runs. A healthy member exits in
 * the same way while a member with wrong data runs (server/etcdserver/corrupt.go, InitialCheck). The pod of a removed member may go on
 * exiting like that, and means nothing.
 */
export function refusedByPeers(view: Pick<ClusterView, 'pods' | 'answers' | 'membership'>): readonly PodFacts[] {
  const members = view.membership.known ? view.membership.value.members : []
  return view.pods.filter((pod) => isRefusedByPeers(view, pod) && members.some(({ name }) => name === pod.name))
}

/** For people, of a member that is refused by its peers. */
export function refusalInWords(name: string): string {
  return `${name} does not start, because its data differs from that of a member that runs`
}

export function isRefusedByPeers(view: Pick<ClusterView, 'answers'>, pod: PodFacts): boolean {
  return answerOf(view, pod.name) === undefined && pod.lastExit?.cause === 'peers-differ'
}
