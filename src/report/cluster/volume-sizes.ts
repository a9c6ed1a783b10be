import type { MemberStatus } from '../../api/etcd-cluster.ts'
import { volumeOf } from '../../model/cluster/members.ts'
import type { ClusterView, VolumeFacts } from '../../model/cluster/view.ts'
import { volumesInUse, volumeTask } from '../../model/cluster/volume-tasks.ts'
import { formatBytes } from '../../model/quantity.ts'

type Resize = NonNullable<MemberStatus['volumeResize']>

/** The size of a member's volume, and what the volume lacks of what the spec asks for. */
export function volumeSizes(view: ClusterView, name: string): Pick<MemberStatus, 'volumeSize' | 'volumeResize'> {
  const volume = volumeOf(view, name)
  if (volume?.capacityBytes === undefined) return {}
  const lacks = volumesInUse(view).includes(volume) ? lacking(view, volume) : undefined
  const { size } = view.cluster.spec.storage
  return { volumeSize: formatBytes(volume.capacityBytes), ...(lacks === undefined ? {} : { volumeResize: { to: String(size), ...lacks } }) }
}

function lacking(view: ClusterView, volume: VolumeFacts): Omit<Resize, 'to'> | undefined {
  const task = volumeTask(view, volume)
  switch (task.task) {
    case 'none':
    case 'ask':
      return undefined
    case 'growing':
      return { state: stateOf(volume), ...(volume.resize?.message ? { message: volume.resize.message } : {}) }
    case 'move':
      return { state: 'Moving', message: task.why.slice(0, 512) }
    case 'stuck':
      return { state: volume.resize?.state === 'infeasible' ? 'Infeasible' : 'Refused', message: task.why.slice(0, 512) }
  }
}

function stateOf({ resize }: VolumeFacts): Resize['state'] {
  if (resize === undefined) return 'Requested'
  return resize.state === 'file-system' ? 'FileSystemResizePending' : 'Resizing'
}
