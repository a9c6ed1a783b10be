import { pinnedClusterId } from '../../../model/cluster/identity.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { claimsToAsk } from '../../../model/cluster/volume-tasks.ts'
import { lastingProblems } from '../change/invalid-spec.ts'
import { type Decision, step } from '../step.ts'

/**
 * Lets the members' claims ask for spec.storage.size; Kubernetes expands the volumes while their members run. It needs no majority: full
 * volumes may be what took it. What the API server refuses is remembered for a while, and holds nothing up (`reportVolumes`).
 */
export function growVolumes(view: ClusterView): Decision | undefined {
  if (pinnedClusterId(view) === undefined) return undefined
  const [volume] = claimsToAsk(view)
  if (volume === undefined || lastingProblems(view).length > 0) return undefined
  const size = String(view.cluster.spec.storage.size)
  // Safety: no process ends and no data moves; Kubernetes itself refuses to make a volume smaller.
  return step('GrowingVolumes', `asking for ${size} for ${volume.name}`, {
    do: 'GrowVolume',
    member: volume.member,
    volume: volume.name,
    uid: volume.uid,
    size,
  })
}
