import { type Etcd, type EtcdStatus, newest } from '../../adapters/etcd/calls.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { type Ballot, countHashes } from '../../model/cluster/count-hashes.ts'
import { corruptAlarms, refusedByPeers } from '../../model/cluster/data-signs.ts'
import type { HashVote } from '../../model/cluster/hash-vote.ts'
import { answerOf, isLed, podOf } from '../../model/cluster/members.ts'
import type { ClusterView, Member, Membership, PodFacts } from '../../model/cluster/view.ts'
import { type Known, known, unknown } from '../../model/known.ts'
import { endpointOf, type MemberEndpoint } from '../../model/names.ts'
import type { Comparing } from './comparison.ts'
import { attempt } from './members.ts'

type Seen = Pick<ClusterView, 'cluster' | 'pods' | 'answers' | 'membership'>

/**
 * Compares the data of all voters, if something says that it may differ: the CORRUPT alarm, a member that does not start for that
 * reason, or a member that was replaced because of wrong data and whose successor was not compared yet (`isComparisonDue`).
 */
export async function compareData(etcd: Etcd, seen: Seen, isComparisonDue: boolean, comparing: Comparing): Promise<Known<HashVote>> {
  const { cluster, pods, membership } = seen
  const signs = [...corruptAlarms(seen), ...refusedByPeers(seen).map(({ uid, lastExit }) => `${uid} ${lastExit?.at}`)]
  if (!membership.known) return unknown(`no majority answers: ${membership.why}`)
  if (signs.length === 0 && !(isComparisonDue && isComplete(seen, membership.value))) return nothingSaid
  const voters = membership.value.members.filter(({ isLearner }) => !isLearner)
  const processes = voters.map((voter) => `${voter.id} ${processIn(seen, voter)}`)
  const question = [...processes.toSorted(), ...signs].join(', ')
  const asked = voters.map((voter) => ({
    voter,
    endpoint: endpointIn(cluster, pods, voter),
    isHeard: isHeard(seen, voter),
  }))
  return comparing(question, (signal) => repeated(() => askForHashes(etcd, membership.value.clusterId, asked, signal)))
}

const nothingSaid = unknown('nothing says that the data of the members differ')

/** While members join, the member list changes with every step: they are compared when all of them are voters and serve. */
function isComplete(seen: Seen, { members }: Membership): boolean {
  const serves = ({ name = '' }: Member) => {
    const answer = answerOf(seen, name)
    return answer?.serves === true && !answer.isLearner
  }
  return members.length >= seen.cluster.spec.size && members.every((member) => !member.isLearner && serves(member))
}

/** Another process may hold other data. */
function processIn(seen: Seen, voter: Member): string {
  const pod = podOf(seen, voter.name ?? '')
  return `${pod?.uid} ${pod?.ip} ${pod?.etcd.state === 'running' && isHeard(seen, voter) ? pod.etcd.since : ''}`
}

/** A voter that knows no leader may lack what all others have, or not serve before it has one: it counts as a silent one. */
function isHeard(seen: Seen, { id, name = '' }: Member): boolean {
  return isLed(seen, { id, name })
}

function endpointIn(cluster: EtcdCluster, pods: readonly PodFacts[], { name }: Member): MemberEndpoint | undefined {
  const pod = pods.find((one) => one.name === name)
  return pod?.ip !== undefined && pod.etcd.state === 'running' ? endpointOf(cluster, pod) : undefined
}

/** Compares again where the result is unknown: members may have compacted, applied writes or changed their leader meanwhile. */
async function repeated(compare: () => Promise<Known<HashVote>>): Promise<Known<HashVote>> {
  let vote = await compare()
  for (let tries = 1; tries < 3 && !vote.known; tries += 1) vote = await compare()
  return vote
}

interface Asked {
  readonly voter: Member
  readonly endpoint: MemberEndpoint | undefined
  /** It answered a moment ago, and was led. */
  readonly isHeard: boolean
}

/**
 * Asks every voter for its hash at the newest revision that all of them have applied. One after the other and the leader last: a member
 * applies nothing meanwhile, and without the leader no member does.
 *
 * Safety: while nothing is written that revision may be the one of the last compaction, for which a member gives the hash from then,
 * which hides what went wrong since. So members at the same revision are asked for their newest, and only members that are not (writes
 * go on) for a number.
 */
async function askForHashes(etcd: Etcd, clusterId: string, asked: readonly Asked[], signal: AbortSignal): Promise<Known<HashVote>> {
  const present = await Promise.all(asked.map(async (one) => ({ ...one, status: await ownStatus(etcd, clusterId, one, signal) })))
  const revisions = present.flatMap(({ status }) => (status.known ? status.value.revision : []))
  const at = { revision: Math.min(...revisions), isQuiet: new Set(revisions).size === 1 }
  const isLeader = ({ status }: (typeof present)[number]) => status.known && status.value.leaderId === status.value.memberId
  const ballots: Ballot[] = []
  for (const { status, ...one } of present.toSorted((a, b) => Number(isLeader(a)) - Number(isLeader(b)))) {
    const hash = status.known ? await hashOf(etcd, clusterId, one, at, signal) : status
    ballots.push({ id: one.voter.id, version: status.known ? status.value.version : undefined, hash })
  }
  const vote = countHashes(at.revision, ballots)
  const { missing } = vote.known ? vote.value : { missing: new Map<string, string>() }
  // A voter that answers and is led gives its hash in the end. It changes nothing for a member that differs from a majority, and may decide
  // everything else.
  const late = present.find(({ voter, status, isHeard }) => (status.known || isHeard) && missing.has(voter.id))
  return late === undefined || (vote.known && vote.value.verdict === 'wrong') ? vote : unknown(missing.get(late.voter.id) ?? '')
}

/** Safety: a process counts only as the member that it is by its own ID, in this cluster. */
async function ownStatus(etcd: Etcd, clusterId: string, { voter, endpoint }: Asked, signal: AbortSignal): Promise<Known<EtcdStatus>> {
  if (endpoint === undefined) return unknown(`the etcd of ${nameOf(voter)} is not running`)
  const status = await attempt(() => etcd.status(endpoint, { signal }))
  if (!status.known) return status
  if (status.value.memberId === voter.id && status.value.clusterId === clusterId)
    return status.value.leaderId === undefined ? unknown(`${nameOf(voter)} knows no leader`) : status
  return unknown(`${nameOf(voter)} answers as member ${status.value.memberId} of cluster ${status.value.clusterId}`)
}

async function hashOf(
  etcd: Etcd,
  clusterId: string,
  { voter, endpoint }: Asked,
  { revision, isQuiet }: { readonly revision: number; readonly isQuiet: boolean },
  signal: AbortSignal,
): Promise<Ballot['hash']> {
  if (endpoint === undefined) return unknown(`the etcd of ${nameOf(voter)} is not running`)
  const ask = (at: number) => attempt(() => etcd.hashKv(endpoint, at, { signal, deadlineMs: hashDeadlineMs }))
  const first = await ask(isQuiet ? newest : revision)
  // Something was written meanwhile: the revision of all is not the newest any more.
  const isLater = isQuiet && first.known && first.value.state === 'hashed' && first.value.revision !== revision
  const answer = isLater ? await ask(revision) : first
  if (!answer.known) return answer
  const { value } = answer
  switch (value.state) {
    case 'compacted':
      return unknown(`${nameOf(voter)} has compacted revision ${revision} away`)
    case 'ahead':
      return unknown(`${nameOf(voter)} has not applied revision ${revision} yet`)
    case 'hashed':
      if (value.memberId === voter.id && value.clusterId === clusterId)
        return known({ hash: value.hash, compactRevision: value.compactRevision })
      return unknown(`${nameOf(voter)} answers as member ${value.memberId} of cluster ${value.clusterId}`)
  }
}

/** From a slow disk 8 GiB take about forty seconds. */
const hashDeadlineMs = 120_000

function nameOf({ name, id }: Member): string {
  return name ?? id
}
