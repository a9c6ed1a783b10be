import type { Etcd, EtcdStatus, MemberList } from '../../adapters/etcd/calls.ts'
import type { RaftStatus } from '../../adapters/etcd/metrics-page.ts'
import { isFailure } from '../../adapters/failure.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { separate } from '../../model/cluster/foreign-answers.ts'
import { namedOnce } from '../../model/cluster/named-once.ts'
import { strangersInWords } from '../../model/cluster/strangers.ts'
import type { Answer, ForeignAnswer, Member, Membership, PodFacts, RaftAnswer, ServingAnswer } from '../../model/cluster/view.ts'
import { type Known, known, type Unknown, unknown } from '../../model/known.ts'
import { messageOf } from '../../model/message-of.ts'
import { endpointOf, memberOfPeerUrl, port } from '../../model/names.ts'
import { systemClock } from '../../runtime/clock.ts'
import { type Ask, type Asked, processOf } from './silent-members.ts'

export interface MembersSeen {
  readonly answers: ReadonlyMap<string, Known<Answer>>
  readonly foreignAnswers: ReadonlyMap<string, ForeignAnswer>
  readonly membership: Known<Membership>
}

/** Deadline for the answer of a member: the longest that a frozen member holds up a pass. */
const askMs = 1000
/** How long the client port has to answer before the metrics page is read, which is 200 kB of text. */
const headStartMs = 100

/** Runs a question to a member, or to a majority for the member list; may answer at once for a member that was silent a moment ago. */
export type Patience = <T>(asked: Asked, ask: Ask<T>, signal: AbortSignal) => Promise<Known<T>>

/**
 * Asks every member for its status in parallel, and then the best member for the member list, which a majority must confirm. `pinned`
 * is the cluster's ID, once it has one: a member that answers with another cluster ID is not asked for the list.
 */
export async function askMembers(
  etcd: Etcd,
  cluster: EtcdCluster,
  pinned: string | undefined,
  pods: readonly PodFacts[],
  patience: Patience,
  signal: AbortSignal,
): Promise<MembersSeen> {
  const reachable = pods.filter((pod) => pod.ip !== undefined && pod.etcd.state === 'running')
  const asked = pods.map(async (pod): Promise<readonly [string, Known<Answer>]> => {
    const ask: Ask<Answer> = (bounded) => askOne(etcd, cluster, pod, bounded)
    return [pod.name, reachable.includes(pod) ? await patience(processOf(pod), ask, signal) : unknown('its etcd is not running')]
  })
  // In the order of the pods, not of the answers: messages about several members must not change with every pass.
  const all = new Map(await Promise.all(asked))
  const { answers, foreign } = separate(all, pinned)
  const askForList: Ask<Membership> = async (bounded) => {
    const list = await readList(etcd, cluster, reachable, answers, bounded)
    return list.known || pinned === undefined ? list : withStrangers(etcd, cluster, reachable, answers, list, bounded)
  }
  // The names of the answering members are part of the key: once another voter answers, there may be a majority again.
  const voices = [...answers].flatMap(([name, answer]) => (answer.known ? name : []))
  const membership = await patience(`list of ${cluster.metadata.uid} by ${voices}`, askForList, signal)
  return { answers, foreignAnswers: foreign, membership }
}

/**
 * Asks the client port, or reads the metrics page where that is quicker. etcd accepts connections on its client port before it answers
 * on them: a member that has just joined takes part in raft, and its pod may be ready, up to seven seconds before it answers there.
 */
async function askOne(etcd: Etcd, cluster: EtcdCluster, pod: PodFacts, signal: AbortSignal): Promise<Known<Answer>> {
  const done = new AbortController()
  const status = attempt(async (): Promise<Answer> => toAnswer(await etcd.status(endpointOf(cluster, pod), { signal, deadlineMs: askMs })))
  const early = await withHeadStart(status)
  if (early !== undefined && isFinal(early)) return early

  const options = { signal: AbortSignal.any([signal, done.signal]), deadlineMs: askMs }
  const raft = attempt(async (): Promise<Answer> => toRaftAnswer(await etcd.raftStatus(endpointOf(cluster, pod, port.metrics), options)))
  const first = await Promise.race([
    status.then((answer) => (isFinal(answer) ? answer : raft)),
    raft.then((answer) => (answer.known ? answer : status)),
  ])
  done.abort()
  return first
}

/**
 * Whether the client port's result counts: it is an answer, or a refusal that the metrics page would hide. That page is plain: whoever shows
 * a certificate that isn't trusted is not believed there either.
 */
function isFinal(answer: Known<Answer>): boolean {
  return answer.known || answer.cause !== undefined
}

/** Undefined: the client port has not answered yet. */
function withHeadStart(status: Promise<Known<Answer>>): Promise<Known<Answer> | undefined> {
  return new Promise((resolve) => {
    const cancel = systemClock.after(headStartMs, () => resolve(undefined))
    status.then((answer) => {
      if (!isFinal(answer)) return
      cancel()
      resolve(answer)
    })
  })
}

async function readList(
  etcd: Etcd,
  cluster: EtcdCluster,
  pods: readonly PodFacts[],
  answers: ReadonlyMap<string, Known<Answer>>,
  signal: AbortSignal,
): Promise<Known<Membership>> {
  let last = unknown('no voter answers')
  // The second one is asked too: the first may have lost the leadership just now.
  for (const pod of candidatesOf(pods, answers).slice(0, 2)) {
    const list = await attempt(() => etcd.memberList(endpointOf(cluster, pod), { signal, deadlineMs: 2 * askMs }))
    if (list.known) return toMembership(cluster, list.value)
    last = { ...list, why: `${pod.name}: ${list.why}` }
  }
  return last
}

/** The voters that answer on their client port, the best first. */
function candidatesOf(pods: readonly PodFacts[], answers: ReadonlyMap<string, Known<Answer>>): readonly PodFacts[] {
  return pods
    .map((pod) => ({ pod, answer: answers.get(pod.name) }))
    .flatMap(({ pod, answer }) => (answer?.known && answer.value.serves && !answer.value.isLearner ? [{ pod, answer: answer.value }] : []))
    .toSorted((a, b) => rank(b.answer) - rank(a.answer))
    .map(({ pod }) => pod)
}

/**
 * Adds to the reason for which no member list is known the voters that have never started or that the operator did not add, as the best
 * member knows them: such a voter counts for the majority from the moment when it was added, and has no pod, config or volume.
 */
async function withStrangers(
  etcd: Etcd,
  cluster: EtcdCluster,
  pods: readonly PodFacts[],
  answers: ReadonlyMap<string, Known<Answer>>,
  list: Unknown,
  signal: AbortSignal,
): Promise<Known<Membership>> {
  const [pod] = candidatesOf(pods, answers)
  if (pod === undefined || list.cause === 'forbidden') return list
  const own = await attempt(() => etcd.ownMemberList(endpointOf(cluster, pod), { signal, deadlineMs: askMs }))
  const all = own.known ? toMembership(cluster, own.value) : own
  const strangers = all.known ? strangersInWords(all.value) : undefined
  return strangers === undefined ? list : { ...list, why: `${list.why}; ${pod.name} ${strangers}` }
}

/** The highest term first; within a term the leader first, then members that know the leader. */
function rank(answer: ServingAnswer): number {
  return answer.raftTerm * 4 + (answer.leaderId === answer.memberId ? 2 : 0) + (answer.hasLeader ? 1 : 0)
}

/** Far more members than a cluster can have while it grows or shrinks. */
const maxRows = 20

/** Safety: a longer list doesn't come from etcd, and every row would cost work in every pass. */
function toMembership(cluster: EtcdCluster, list: MemberList): Known<Membership> {
  if (list.members.length > maxRows) return unknown(`implausible: a list of ${list.members.length} members`)
  const members = list.members.map((member): Member => {
    const [peerUrl = ''] = member.peerUrls
    const row = { id: member.id, peerUrl, isLearner: member.isLearner, published: member.clientUrls.length > 0 }
    const name = memberOfPeerUrl(cluster, peerUrl)
    return name === undefined ? { ...row, name } : { ...row, name }
  })
  return known({ clusterId: list.clusterId, members: namedOnce(members) })
}

function toAnswer(status: EtcdStatus): ServingAnswer {
  return {
    serves: true,
    clusterId: status.clusterId,
    memberId: status.memberId,
    version: status.version,
    hasLeader: status.leaderId !== undefined,
    leaderId: status.leaderId,
    isLearner: status.isLearner,
    raftIndex: status.raftIndex,
    raftAppliedIndex: status.raftAppliedIndex,
    revision: status.revision,
    raftTerm: status.raftTerm,
    dbBytes: status.dbSize,
    dbBytesInUse: status.dbSizeInUse,
    dbQuotaBytes: status.dbSizeQuota,
    storageVersion: status.storageVersion,
    downgradeTarget: status.downgradeTarget,
    alarms: status.alarms,
  }
}

function toRaftAnswer(status: RaftStatus): RaftAnswer {
  return {
    serves: false,
    memberId: status.memberId,
    version: status.version,
    hasLeader: status.hasLeader,
    isLearner: status.isLearner,
    raftAppliedIndex: status.raftAppliedIndex,
    revision: status.revision,
    dbBytes: status.dbSize,
    dbBytesInUse: status.dbSizeInUse,
    isDefragmenting: status.isDefragmenting,
  }
}

/** Turns a failed call into an unknown answer: a silent member is a fact, not an error of the pass. */
export async function attempt<T>(call: () => Promise<T>): Promise<Known<T>> {
  try {
    return known(await call())
  } catch (error) {
    return unknown(
      messageOf(error),
      isFailure(error) && (error.kind === 'forbidden' || error.kind === 'untrusted') ? error.kind : undefined,
    )
  }
}
