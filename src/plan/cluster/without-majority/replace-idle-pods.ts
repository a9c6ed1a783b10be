import { pinnedClusterId } from '../../../model/cluster/identity.ts'
import { mayTakePart } from '../../../model/cluster/members.ts'
import { revisionOf } from '../../../model/cluster/revision.ts'
import { anyMayTakePart } from '../../../model/cluster/scaling.ts'
import type { ClusterView, PodFacts } from '../../../model/cluster/view.ts'
import { minorKey } from '../../../model/versions.ts'
import { templateHash } from '../../../objects/cluster/stateful-set.ts'
import { type InitialState, memberConfigHash } from '../../../objects/etcd-config/member-config.ts'
import { allSpecProblems } from '../change/invalid-spec.ts'
import { type Decision, step } from '../step.ts'

/**
 * A pod whose etcd does not run takes no part in anything, so it may take up a corrected template at once, without
 * waiting for a majority: this is the way out of an image that can't be pulled or a selector that no node fits.
 */
export function replaceIdlePods(view: ClusterView): Decision | undefined {
  if (view.statefulSet.state !== 'ours' || view.statefulSet.deleting || allSpecProblems(view).length > 0) return undefined
  const { uid, value: set } = view.statefulSet

  const stale = anyMayTakePart(view) ? [] : staleConfigs(view)
  // Safety: no etcd runs, and each member keeps the state of its config: none that refuses an empty volume is opened again.
  if (stale.length > 0 && keepsMinorVersion(view)) {
    return step(
      'ReplacingPod',
      `no member runs, so the corrected settings of ${stale.map(([name]) => name).join(', ')} are taken up at once`,
      {
        do: 'WriteConfig',
        write: Object.fromEntries(stale),
        remove: [],
      },
    )
  }

  const desired = templateHash(view.cluster)
  // Safety: no etcd runs, so nothing is restarted by it; a pod that a drain re-creates takes the desired template at once.
  if (set.template !== desired && !anyMayTakePart(view) && keepsMinorVersion(view)) {
    return step('ReplacingPod', 'no member runs, so the corrected template is taken up at once', {
      do: 'UpdateTemplate',
      uid,
      template: desired,
    })
  }

  const outdated = view.pods.find((pod) => isOutdated(view, pod) && !mayTakePart(pod) && pod.endsBy === undefined)
  if (outdated === undefined) return undefined
  // Safety: its container is known not to run; the volume stays, and a re-created pod of the same name mounts it again.
  return step('ReplacingPod', `replacing pod ${outdated.name}, which does not run, with the corrected template`, {
    do: 'DeletePod',
    member: outdated.name,
    uid: outdated.uid,
  })
}

/** The configs that differ from what the spec asks for now. No config that begins a cluster is written once the cluster ID is pinned. */
function staleConfigs(view: ClusterView): readonly (readonly [string, InitialState])[] {
  if (view.config.state !== 'ours') return []
  return [...view.config.value.members].flatMap(([name, entry]) => {
    if (entry.state === 'unreadable' || (entry.state === 'bootstrap' && pinnedClusterId(view) !== undefined)) return []
    const initial: InitialState = entry.state === 'established' ? { state: 'established' } : { state: entry.state, members: entry.members }
    return memberConfigHash(view, name, initial) === entry.hash ? [] : [[name, initial] as const]
  })
}

/** Whether the pod has an older template; false until the StatefulSet's controller has seen the newest template. */
function isOutdated(view: ClusterView, { name }: PodFacts): boolean {
  const { runs, desired } = revisionOf(view, name)
  return desired.template !== undefined && runs.template !== undefined && runs.template !== desired.template
}

/** The settings of a stopped cluster may be corrected, but its minor version must not change on the way. */
function keepsMinorVersion(view: ClusterView): boolean {
  const ran = view.cluster.status?.version
  return ran === undefined || minorKey(ran) === minorKey(view.cluster.spec.version)
}
