import type { EtcdStatus } from '../../adapters/etcd/calls.ts'
import type { Known } from '../../model/known.ts'
import { Refusal } from '../refusal.ts'

export interface Answer {
  readonly member: string
  readonly url: string
  readonly status: Known<EtcdStatus>
}

export interface Candidate {
  readonly member: string
  readonly url: string
  readonly version: string
}

/**
 * The members that a snapshot may be taken from, best first: followers, the most advanced one before the others, then the
 * leader, which has more work than the followers.
 *
 * @throws Refusal `ForeignCluster`, `NoHealthyMember` with the reason for each member
 */
export function chooseSources(answers: readonly Answer[], clusterId: string): readonly Candidate[] {
  const judged = answers.map((answer) => ({ answer, against: objection(answer.status, clusterId) }))
  const fit = judged.flatMap(({ answer, against }) =>
    against === undefined && answer.status.known ? [healthy(answer, answer.status.value)] : [],
  )
  if (fit.length === 0) throw nobody(answers, clusterId, judged.map(({ answer, against }) => `${answer.member}: ${against}`).join('; '))

  return fit
    .toSorted((a, b) => Number(a.isLeader) - Number(b.isLeader) || b.applied - a.applied)
    .map(({ member, url, version }) => ({ member, url, version }))
}

/** Why this member isn't asked for a snapshot. */
function objection(status: Known<EtcdStatus>, clusterId: string): string | undefined {
  if (!status.known) return status.why
  const { value } = status
  if (value.clusterId !== clusterId) return `belongs to cluster ${value.clusterId}`
  if (value.isLearner) return 'is a learner'
  if (value.leaderId === undefined) return 'knows of no leader'
  if (value.alarms.some(({ memberId, alarm }) => alarm === 'CORRUPT' && memberId === value.memberId)) return 'has a CORRUPT alarm'
  return undefined
}

function healthy({ member, url }: Answer, status: EtcdStatus) {
  return { member, url, version: status.version, isLeader: status.leaderId === status.memberId, applied: status.raftAppliedIndex }
}

/** `ForeignCluster` only when no member of our cluster answers: a single address may have gone to a pod of another cluster a moment ago. */
function nobody(answers: readonly Answer[], clusterId: string, why: string): Refusal {
  const answered = answers.filter(({ status }) => status.known)
  const isForeign = answered.length > 0 && answered.every(({ status }) => status.known && status.value.clusterId !== clusterId)
  if (isForeign) return new Refusal('ForeignCluster', `the members don't belong to cluster ${clusterId}: ${why}`)
  return new Refusal('NoHealthyMember', `no member can send a snapshot: ${why || 'the cluster has no member'}`)
}
