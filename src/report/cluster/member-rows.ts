import type { MemberStatus } from '../../api/etcd-cluster.ts'
import { label } from '../../api/labels.ts'
import { lastDefragmentation } from '../../model/cluster/defragmentations.ts'
import { defragmentingMember } from '../../model/cluster/defragmenting.ts'
import { steppingAside } from '../../model/cluster/exchange.ts'
import { type FailedMember, failedMembers } from '../../model/cluster/failed.ts'
import { missingMajority } from '../../model/cluster/majority.ts'
import {
  answerOf,
  byOrdinal,
  configOf,
  isHealthy,
  isStarted,
  leaderOf,
  listed,
  listedByName,
  podOf,
  raftLag,
  volumeOf,
} from '../../model/cluster/members.ts'
import { podTrouble } from '../../model/cluster/pod-trouble.ts'
import { rejoiningNames } from '../../model/cluster/replacement.ts'
import { hasOlderForm } from '../../model/cluster/revision.ts'
import { leavingMembers } from '../../model/cluster/scaling.ts'
import { isServing } from '../../model/cluster/serving.ts'
import { isLeftOutForRoom } from '../../model/cluster/space.ts'
import type { ClusterView, Member } from '../../model/cluster/view.ts'
import { formatBytes } from '../../model/quantity.ts'
import { rfc3339 } from '../../model/rfc3339.ts'
import { volumeSizes } from './volume-sizes.ts'

/** One row per member: the members that etcd lists, and pods of members that it does not list. Joined by name and ID. */
export function memberRows(view: ClusterView): readonly MemberStatus[] {
  const rows = new Map<string, Member | undefined>()
  for (const member of listed(view)) rows.set(member.name ?? member.id, member)
  for (const pod of view.pods) if (!rows.has(pod.name)) rows.set(pod.name, undefined)
  if (!view.membership.known && view.config.state === 'ours')
    for (const name of view.config.value.members.keys()) if (!rows.has(name)) rows.set(name, undefined)
  const about = {
    leaderId: leaderOf(view)?.id,
    leaving: new Set([...leavingMembers(view), steppingAside(view)].flatMap((member) => member?.id ?? [])),
    rejoining: new Set(rejoiningNames(view)),
    failed: new Map(failedMembers(view).map((one) => [one.member.id, one])),
  }
  return [...rows.keys()].toSorted(byOrdinal(view)).map((name) => memberRow(view, name, rows.get(name), about))
}

/** Facts that all rows need, computed once. */
interface AboutAll {
  readonly leaderId: string | undefined
  readonly leaving: ReadonlySet<string>
  readonly rejoining: ReadonlySet<string>
  readonly failed: ReadonlyMap<string, FailedMember>
}

function memberRow(view: ClusterView, name: string, member: Member | undefined, about: AboutAll): MemberStatus {
  const { leaderId } = about
  const failed = member && about.failed.get(member.id)
  const pod = podOf(view, name)
  const answer = answerOf(view, name)
  const id = member?.id ?? answer?.memberId
  const lag = member === undefined ? undefined : raftLag(view, member)
  const ready = member !== undefined && !member.isLearner && isHealthy(view, member) && isServing(view, name)
  return {
    name,
    ...(id === undefined ? {} : { id }),
    role: failed ? 'Failed' : roleOf(view, name, member, about),
    leader: id !== undefined && leaderId === id,
    ready,
    ...(answer ? { version: answer.version, dbSize: formatBytes(answer.dbBytes), dbSizeInUse: formatBytes(answer.dbBytesInUse) } : {}),
    ...defragmentationOf(view, name, id),
    ...(lag === undefined ? {} : { raftLag: lag }),
    ...(pod === undefined ? {} : { profile: pod.profile }),
    ...(pod?.node === undefined ? {} : { node: pod.node }),
    ...(volumeOf(view, name) ? { volume: volumeOf(view, name)?.name ?? '' } : {}),
    ...volumeSizes(view, name),
    message: messageFor(view, name, failed, ready).slice(0, 512),
  }
}

function messageFor(view: ClusterView, name: string, failed: FailedMember | undefined, ready: boolean): string {
  if (failed !== undefined) return `${failed.reason}: ${failed.message}`
  return ready ? notDefragmented(view, name) || otherForm(view, name) : whyNotReady(view, name)
}

/** A new version of the operator restarts nobody by itself. */
function otherForm(view: ClusterView, name: string): string {
  if (!hasOlderForm(view, name)) return ''
  return 'its pod is as another version of the operator makes pods; it is made anew at the next restart, or in a maintenance window'
}

/** Without figures, which would be written again and again. */
function notDefragmented(view: ClusterView, name: string): string {
  if (!isLeftOutForRoom(view, name)) return ''
  return 'it is not defragmented at the times of spec.maintenance.defragment: its volume may have no room for a second copy of the database'
}

/** While no member answers, so that the ID is not known, the status keeps what it says: a failure is remembered nowhere else. */
function defragmentationOf(view: ClusterView, name: string, id: string | undefined): Pick<MemberStatus, 'defragmentation'> {
  const before = view.cluster.status?.memberStatus?.find((row) => row.name === name)?.defragmentation
  if (id === undefined) return view.membership.known || before === undefined ? {} : { defragmentation: before }
  const last = lastDefragmentation(view, { name, id })
  if (last === undefined) return {}
  const { startedAt, finishedAt, bytesBefore, won, failure } = last
  return {
    defragmentation: {
      startedAt: rfc3339(startedAt),
      ...(finishedAt === undefined ? {} : { finishedAt: rfc3339(finishedAt) }),
      ...(bytesBefore === undefined ? {} : { bytesBefore }),
      ...(won === undefined ? {} : { won: typeof won === 'number' ? formatBytes(won) : won }),
      ...(failure === undefined ? {} : { message: failure.slice(0, 512) }),
    },
  }
}

function roleOf(view: ClusterView, name: string, member: Member | undefined, { leaving, rejoining }: AboutAll): MemberStatus['role'] {
  if (!view.membership.known) return missingMajority(view)?.lost.has(name) ? 'Failed' : lastKnownRole(view, name)
  if (member === undefined) return configOf(view, name)?.state === 'joining' || rejoining.has(name) ? 'Joining' : 'Leaving'
  if (leaving.has(member.id)) return 'Leaving'
  if (member.isLearner) return isStarted(view, member) ? 'Learner' : 'Joining'
  return 'Voter'
}

/** Without a majority the member list is unknown: the last known role is the best guess. */
function lastKnownRole(view: ClusterView, name: string): MemberStatus['role'] {
  const stored = view.cluster.status?.memberStatus?.find((row) => row.name === name)?.role
  if (stored !== undefined && stored !== 'Failed') return stored
  return configOf(view, name)?.state === 'established' ? 'Voter' : 'Joining'
}

function whyNotReady(view: ClusterView, name: string): string {
  const trouble = podTrouble(view, name)
  if (trouble) return `${trouble.reason}: ${trouble.message}`
  const pod = podOf(view, name)
  if (pod === undefined) return 'it has no pod'
  if (pod.endsBy !== undefined) return 'its pod is terminating'
  if (!pod.labelled) return `somebody removed the label ${label.cluster} from its pod, so that no Service selects it`
  if (defragmentingMember(view) === name) return 'it is being defragmented, and answers no client meanwhile'
  const member = listedByName(view, name)
  if (view.membership.known && member === undefined) return 'it is not in the member list'
  if (member?.isLearner) return 'it is a learner: it receives the log, and serves when it has become a voter'
  const answer = view.answers.get(name)
  if (answer && !answer.known) return `it does not answer: ${answer.why}`
  if (answer?.known && !answer.value.hasLeader) return isSurvivor(view, name) ? survivorMessage : 'it knows no leader'
  if (!view.membership.known) return `the member list is not known: ${view.membership.why}`
  if (answer?.known && !answer.value.serves) return 'it takes part, and does not serve clients yet'
  return pod.ready ? `clients are not sent to it: its pod has no label ${label.serving}` : 'its pod is not ready'
}

/** Whether the member still hands out what the lost majority wrote. */
function isSurvivor(view: ClusterView, name: string): boolean {
  const missing = missingMajority(view)
  return missing?.reason === 'QuorumLost' && missing.survivors.includes(name)
}

const survivorMessage =
  'it answers, and knows no leader: take a snapshot of it now, and do not restart its pod, because after that it serves nothing'
