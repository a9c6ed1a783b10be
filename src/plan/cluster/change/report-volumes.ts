import type { EtcdCluster } from '../../../api/etcd-cluster.ts'
import { exchangeWaitsForWindow, membersToExchange } from '../../../model/cluster/exchange.ts'
import { nextCluster } from '../../../model/cluster/next-cluster.ts'
import { templateHash } from '../../../model/cluster/revision.ts'
import type { ClusterView, VolumeFacts } from '../../../model/cluster/view.ts'
import { needsRestartForResize } from '../../../model/cluster/volume-resize.ts'
import { isClaimTemplateAsWished, type VolumeTask, volumesInUse, volumeTask } from '../../../model/cluster/volume-tasks.ts'
import { formatBytes } from '../../../model/quantity.ts'
import { type Decision, wait } from '../step.ts'

/** Reports what volumes lack of what spec.storage asks for. Nothing else waits for it, so everything else is reported before it. */
export function reportVolumes(view: ClusterView): Decision | undefined {
  const tasks = volumesInUse(view).map((volume) => ({ volume, ...volumeTask(view, volume) }))
  const stuck = tasks.find((one): one is typeof one & Extract<VolumeTask, { task: 'stuck' }> => one.task === 'stuck')
  if (stuck !== undefined)
    return reportStuck(
      view,
      stuck,
      tasks.filter(({ task }) => task === 'stuck').map(({ volume }) => volume.name),
    )
  const growing = tasks.filter(({ task }) => task === 'growing').map(({ volume }) => volume)
  const [first] = growing
  if (first !== undefined) return reportGrowing(view, first, growing)
  if (!isClaimTemplateAsWished(view) && view.statefulSet.state === 'ours') {
    // That a roll comes first, and may wait for a maintenance window, is said by the roll.
    if (view.statefulSet.value.template !== templateHash(nextCluster(view))) return undefined
    return wait(
      'RenewingClaimTemplate',
      'the StatefulSet is made again for volumes as spec.storage asks for, when every member serves',
      2000,
    )
  }
  const moving = tasks.find((one): one is typeof one & Extract<VolumeTask, { task: 'move' }> => one.task === 'move')
  // That it waits for a maintenance window is said by the rule that exchanges it.
  if (membersToExchange(view).some((member) => exchangeWaitsForWindow(view, member))) return undefined
  return (
    moving &&
    wait('ExchangingMember', `${moving.volume.member} moves to a new volume: ${moving.why}`, 2000, { member: moving.volume.member })
  )
}

function reportStuck(
  { cluster }: ClusterView,
  { volume, why, reason }: { readonly volume: VolumeFacts } & Extract<VolumeTask, { task: 'stuck' }>,
  names: readonly string[],
): Decision {
  const { size } = cluster.spec.storage
  const also = names.length > 1 ? `; so it is with ${names.slice(1).join(', ')}` : ''
  const message = `${why}${also}; spec.storage.size asks for ${size}`
  // Tried again by itself, and nothing but a person ends it.
  return wait(reason, reason === 'VolumeNotGrowable' ? `${message}. ${waysOut(cluster)}` : message, 10_000, {
    member: volume.member,
    patienceMs: 0,
  })
}

/** Both ways out; of a member that would move anyway only one is left. */
function waysOut({ spec: { storage } }: EtcdCluster): string {
  if (storage.migration === 'MemberByMember') return 'Correct spec.storage'
  return 'Either make it possible: allowVolumeExpansion: true in a StorageClass whose driver can expand volumes, and room in the storage behind it; or let the members move to new volumes, one after the other: spec.storage.migration MemberByMember, with which the size may also be lowered again'
}

function reportGrowing(view: ClusterView, first: VolumeFacts, growing: readonly VolumeFacts[]): Decision {
  const one = growing.find(({ resize }) => resize?.state === 'file-system') ?? first
  const done = volumesInUse(view).length - growing.length
  const how = `${one.name} has ${formatBytes(one.capacityBytes ?? 0)} of ${formatBytes(one.requestedBytes ?? 0)}${whatIsWaitedFor(view, one)}`
  return wait('GrowingVolumes', `${done} of ${volumesInUse(view).length} volumes have grown: ${how}`, 5000, { member: one.member })
}

function whatIsWaitedFor(view: ClusterView, { resize, member }: VolumeFacts): string {
  switch (resize?.state) {
    case 'file-system':
      return needsRestartForResize(view, member)
        ? `; its file system grows when ${member} is restarted in its turn`
        : `; the volume is large enough, and the node expands its file system`
    case undefined:
      return '; no controller has begun to expand it: look at the driver of its StorageClass and at the events of the claim'
    default:
      return `; Kubernetes expands it${resize?.message ? ` (${resize.message})` : ''}`
  }
}
