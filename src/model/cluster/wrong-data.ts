import { refusedByPeers } from './data-signs.ts'
import type { HashVote } from './hash-vote.ts'
import { isOurs, learners, listed, voters } from './members.ts'
import type { ClusterView, OurMember } from './view.ts'

/** A member whose data is proved to differ from that of a majority of all voters. */
export interface WrongMember {
  readonly member: OurMember
  /** The evidence; begins with the member's name. */
  readonly message: string
}

/**
 * The members whose data is wrong:
 *
 * - a majority of all voters has one hash, and this member has another; or
 * - all other voters have one hash, and this member refuses to start because its data differs from that of a member that runs, in a
 *   pod that was created after they had been compared: an older process may have met a wrong member that is gone.
 */
export function wrongMembers(view: ClusterView): readonly WrongMember[] {
  const vote = voteOfNow(view)
  if (vote === undefined) return []
  const evidence = hashesInWords(view, vote)
  const outvoted = voters(view).filter(({ id }) => vote.verdict === 'wrong' && vote.members.includes(id))
  const refused = refusedByPeers(view)
    .filter(({ name, uid }) => view.memory.peerRefusals.has(name) && view.memory.peerRefusals.get(name) !== uid)
    .flatMap(({ name }) => voters(view).filter((voter) => voter.name === name && othersAgree(view, name)))
  return [
    ...outvoted.filter(isOurs).map((member) => ({ member, message: `${member.name} holds wrong data: ${evidence}` })),
    ...refused.filter(isOurs).map((member) => ({
      member,
      message: `${member.name} holds wrong data: it does not start because its data differs, while all others agree: ${evidence}`,
    })),
  ]
}

/** The comparison of the voters, if it was made of exactly the voters that are listed now. */
export function voteOfNow({ hashVote, membership }: Pick<ClusterView, 'hashVote' | 'membership'>): HashVote | undefined {
  if (!hashVote.known || !membership.known) return undefined
  const { hashes, missing } = hashVote.value
  const now = membership.value.members.filter(({ isLearner }) => !isLearner)
  const isSame = now.length === hashes.size + missing.size && now.every(({ id }) => hashes.has(id) || missing.has(id))
  return isSame ? hashVote.value : undefined
}

/** Whether all members that spec.size asks for are voters, and all of them gave the same hash. */
export function areAllEqual(view: ClusterView): boolean {
  const vote = voteOfNow(view)
  return (
    vote?.verdict === 'agree' && vote.missing.size === 0 && learners(view).length === 0 && listed(view).length >= view.cluster.spec.size
  )
}

/**
 * Whether all voters but the named one gave the same hash. A member that starts compares its data with that of learners, too, which give
 * no hash: no learner may have started.
 */
export function othersAgree(view: ClusterView, name: string): boolean {
  const vote = voteOfNow(view)
  const voter = voters(view).find((member) => member.name === name)
  if (vote?.verdict !== 'agree' || voter === undefined || learners(view).some(({ published }) => published)) return false
  return vote.missing.size === 1 && vote.missing.has(voter.id)
}

/** `at revision 812 demo-0 and demo-1 have hash 3f2a11cc, demo-2 has hash 991b02aa` */
export function hashesInWords(view: ClusterView, { revision, hashes }: HashVote): string {
  const names = new Map(listed(view).map(({ id, name }) => [id, name ?? id]))
  const byHash = new Map<number, string[]>()
  for (const [id, hash] of hashes) byHash.set(hash, [...(byHash.get(hash) ?? []), names.get(id) ?? id])
  const groups = [...byHash]
    .map(([hash, members]) => ({ hash, members: members.toSorted() }))
    .toSorted((a, b) => b.members.length - a.members.length || (a.members[0] ?? '').localeCompare(b.members[0] ?? ''))
  const words = groups.map(
    ({ hash, members }) => `${members.join(' and ')} ${members.length === 1 ? 'has' : 'have'} hash ${hash.toString(16).padStart(8, '0')}`,
  )
  return `at revision ${revision} ${words.join(', ')}`
}
