import { hasExitOfEarlierMember } from '../../../model/cluster/earlier-exit.ts'
import { configOf, learners, listed, podOf } from '../../../model/cluster/members.ts'
import { podTrouble } from '../../../model/cluster/pod-trouble.ts'
import { joiningNames, leavingMembers, startDeadlineMs, unstartedLearner, unstartedMs } from '../../../model/cluster/scaling.ts'
import { schemeOf } from '../../../model/cluster/tls.ts'
import type { ClusterView, OurMember } from '../../../model/cluster/view.ts'
import { formatDuration } from '../../../model/duration.ts'
import { peerScheme } from '../../../model/names.ts'
import { initialPeers } from '../../../objects/etcd-config/member-config.ts'
import { join, joinsExactly } from '../join.ts'
import { type Decision, step } from '../step.ts'

/**
 * Of two members that join together the second is added the moment the first has started, and before the first is promoted: the
 * second pod exits at once as long as etcd doesn't list it, and etcd adds no member for five seconds after a promotion.
 */
export function addWaiting(view: ClusterView): Decision | undefined {
  const [next] = joiningNames(view)
  if (next === undefined || learners(view).length === 0 || configOf(view, next)?.state !== 'joining') return undefined
  const decision = join(view, [next], next)
  return decision?.kind === 'step' ? decision : undefined
}

/**
 * A learner that was added but has not started needs exactly the live list, or etcd refuses it ("member count is unequal"): each name, and each
 * URL, whose schemes differ while the members go from one mode of TLS to another.
 */
export function correctJoiningConfig(view: ClusterView): Decision | undefined {
  const joining = unstartedLearner(view)
  if (joining === undefined || isLeaving(view, joining)) return undefined
  const members = listed(view).flatMap((member) => member.name ?? [])
  const entry = configOf(view, joining.name)
  // It listens as it was added.
  const fits = entry !== undefined && peerScheme(entry.profile) === schemeOf(joining.peerUrl)
  if (fits && joinsExactly(entry, initialPeers(view, members))) return undefined
  // Safety: it never started under this ID (it has published nothing), so it has no vote that an empty volume could forget.
  return step('ScalingUp', `writing the config with which ${joining.name} joins`, {
    do: 'WriteConfig',
    write: { [joining.name]: { state: 'joining', members } },
    remove: [],
  })
}

/** A joining member whose pod started before etcd listed it exits, and waits in the kubelet's back-off; a new pod starts at once. */
export function retryJoin(view: ClusterView): Decision | undefined {
  const joining = unstartedLearner(view)
  const pod = joining && podOf(view, joining.name)
  if (joining === undefined || isLeaving(view, joining) || pod === undefined || pod.endsBy !== undefined) return undefined
  // The kubelet restarts a container at once the first time, and later and later after that.
  const isHeldBack =
    pod.etcd.state === 'waiting' ? pod.etcd.reason === 'CrashLoopBackOff' : pod.etcd.state === 'terminated' && pod.restarts > 0
  if (!isHeldBack) return undefined
  const cause = pod.lastExit?.cause
  if (cause !== 'list-differs' && cause !== 'empty-volume' && !hasExitOfEarlierMember(view, joining.name)) return undefined
  // Safety: its container does not run, and it never started under this ID.
  return step('ReplacingPod', `${joining.name} started before etcd listed it; starting it again`, {
    do: 'DeletePod',
    member: joining.name,
    uid: pod.uid,
  })
}

/** A member that does not start is removed from the member list, so that other members can be added; it is tried again later. */
export function giveUpJoining(view: ClusterView): Decision | undefined {
  const joining = unstartedLearner(view)
  if (joining === undefined || unstartedMs(view, joining) < startDeadlineMs) return undefined
  const why = podTrouble(view, joining.name)?.message ?? `${joining.name} did not start`
  // Safety: a learner carries no vote, and this one never started.
  return step('MemberNotStarting', `${why}; taken off the list after ${formatDuration(startDeadlineMs)}, to be tried again later`, {
    do: 'RemoveMember',
    member: joining.name,
    id: joining.id,
    failedToJoin: true,
  })
}

/** Its config is not corrected any more, so its pod would end again. */
function isLeaving(view: ClusterView, { id }: OurMember): boolean {
  return leavingMembers(view).some((leaving) => leaving.id === id)
}
