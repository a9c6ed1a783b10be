import { markedVoters } from '../../../model/cluster/marked-voters.ts'
import { answerOf, configOf, listed, mayTakePart, replicasFor } from '../../../model/cluster/members.ts'
import type { ClusterView, PodFacts } from '../../../model/cluster/view.ts'
import type { InitialState } from '../../../objects/etcd-config/member-config.ts'
import { type Decision, step, wait } from '../step.ts'

/**
 * Somebody deleted the StatefulSet or the ConfigMap of a pinned cluster: the operator recreates it from what it knows of the members.
 * Kubernetes keeps the volumes, so the members come back with their data.
 */
export function recreateObjects(view: ClusterView): Decision | undefined {
  if (view.statefulSet.state === 'ours' && view.statefulSet.deleting)
    return wait('RecreatingObjects', 'the StatefulSet is being deleted, and is recreated after that', 1000)
  if (view.config.state === 'ours' && view.config.deleting)
    return wait('RecreatingObjects', 'the ConfigMap is being deleted, and is recreated after that', 1000)
  const names = knownMembers(view)
  const lacking = names.filter((name) => (configOf(view, name)?.state ?? 'unreadable') === 'unreadable')
  if (lacking.length > 0) {
    // Safety: a member of a pinned cluster gets a config that refuses an empty volume; `new` is never written again.
    const established: InitialState = { state: 'established' }
    return step('RecreatingObjects', `writing the lost configs of ${lacking.join(', ')} again`, {
      do: 'WriteConfig',
      write: Object.fromEntries(lacking.map((name) => [name, established])),
      remove: [],
    })
  }
  if (view.statefulSet.state === 'absent') {
    // Every listed member's pod is kept, started or not: a StatefulSet ends the pods above its replicas.
    // Safety: without a list every process that runs may be a member's, and the pods above the replicas would end.
    const all = view.membership.known
      ? listed(view).flatMap((member) => member.name ?? [])
      : [...new Set([...names, ...runningNames(view)])]
    const ending = view.pods.find((pod) => pod.ours && stillEnds(pod, view.now))
    if (ending) return wait('RecreatingObjects', `the StatefulSet was deleted; recreating it after pod ${ending.name} has terminated`, 250)
    return step('RecreatingObjects', `the StatefulSet was deleted; recreating it for ${all.join(', ')}`, {
      do: 'CreateStatefulSet',
      replicas: replicasFor(view, all),
    })
  }
  return bringBackStopped(view)
}

/**
 * Whether a pod of the deleted StatefulSet is still terminating. A new StatefulSet can't create a pod of that name: its controller
 * tries again at growing intervals, and is not told when the old pod is deleted. A pod on a dead node stays terminating for ever, so
 * it is waited for only a little longer than its grace period.
 */
function stillEnds({ abandoned, endsBy }: PodFacts, now: number): boolean {
  return endsBy === undefined ? abandoned : now < endsBy + 5_000
}

/** A member was stopped to be removed, and then the majority was lost: the member has its log, and can come back until it is removed. */
function bringBackStopped(view: ClusterView): Decision | undefined {
  if (view.membership.known || view.statefulSet.state !== 'ours') return undefined
  const withLog = view.volumes.filter(
    (volume) => !volume.deleting && volume.memberId !== undefined && configOf(view, volume.member)?.state === 'established',
  )
  const needed = replicasFor(
    view,
    withLog.map((volume) => volume.member),
  )
  if (view.statefulSet.value.replicas >= needed) return undefined
  const member = withLog.find((volume) => replicasFor(view, [volume.member]) === needed)?.member
  // Safety: it starts with its own log or not at all; one that was removed meanwhile ends by itself.
  return step('MajorityDown', `no majority answers; bringing ${member} back, which was stopped but not removed`, {
    do: 'SetReplicas',
    uid: view.statefulSet.uid,
    replicas: needed,
    member,
  })
}

/** The members that have started: by etcd's list, or without it by the configs and by the volumes that hold a member's data. */
function knownMembers(view: ClusterView): readonly string[] {
  if (view.membership.known) return listed(view).flatMap((member) => (member.published && member.name !== undefined ? member.name : []))
  const inConfig = view.config.state === 'ours' ? [...view.config.value.members.keys()] : []
  // Above the replicas stand the volume that a member retained when it left, and the one of a voter that was stopped to leave.
  const replicas = view.statefulSet.state === 'ours' ? view.statefulSet.value.replicas : Number.POSITIVE_INFINITY
  const marked = markedVoters(view)
  const onVolumes = view.volumes
    .filter(
      ({ member, memberId, clusterUid }) =>
        clusterUid === view.cluster.metadata.uid &&
        memberId !== undefined &&
        (replicasFor(view, [member]) <= replicas || marked.get(member) === memberId),
    )
    .map((volume) => volume.member)
  const names = [...new Set([...inConfig, ...onVolumes, ...answering(view)])].toSorted()
  // Adopted volumes are marked as this cluster's own only when their members have started.
  return names.length > 0 ? names : (view.cluster.status?.bootstrap?.adopted ?? [])
}

/** A member that answers has started, even if its config and the marks of its volume are gone. */
function answering(view: ClusterView): readonly string[] {
  return view.pods.filter(({ ours, name }) => ours && answerOf(view, name) !== undefined).map(({ name }) => name)
}

function runningNames(view: ClusterView): readonly string[] {
  return view.pods.filter((pod) => pod.ours && mayTakePart(pod)).map(({ name }) => name)
}
