import { podOf, volumeOf } from './members.ts'
import type { ClusterView } from './view.ts'

/** Milliseconds after which a file system that has not been expanded while its pod runs waits for the pod's restart. */
const onlineMs = 2 * 60_000

/**
 * Whether a member's pod has to be restarted so that the file system of its volume is expanded. The kubelet expands most file systems while
 * they are in use, within a minute; a driver that can't leaves the claim's condition FileSystemResizePending as it is. A pod that was
 * created since then has been tried already: restarting it again would be no use.
 */
export function needsRestartForResize(view: ClusterView, member: string): boolean {
  const resize = volumeOf(view, member)?.resize
  const pod = podOf(view, member)
  if (resize?.state !== 'file-system' || resize.since === undefined || pod === undefined || pod.endsBy !== undefined) return false
  return pod.createdAt <= resize.since && view.now - resize.since >= onlineMs
}
