import { isFailure } from '../adapters/failure.ts'
import { CORE_EVENT, type CoreEvent, type Pod } from '../adapters/kube/kinds.ts'
import type { Kube } from '../adapters/kube.ts'
import { type PodReport, tellingWarnings } from '../model/pod-start.ts'

/** What Kubernetes reports about a pod. `now` in milliseconds since the epoch. */
export async function podReport(kube: Kube, pod: Pod, now: number, signal: AbortSignal): Promise<PodReport> {
  const { name, deletionTimestamp } = pod.metadata
  const { conditions = [], initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {}
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled')
  const waiting = [...initContainerStatuses, ...containerStatuses].find(({ state }) => state?.waiting)?.state?.waiting
  const node = pod.spec?.nodeName
  return {
    name,
    node,
    ageMs: now - Date.parse(pod.metadata.creationTimestamp),
    unschedulable:
      scheduled?.status === 'False' && node === undefined ? (scheduled.message ?? scheduled.reason ?? 'no reason given') : undefined,
    waiting: waiting && { reason: waiting.reason ?? '', message: waiting.message ?? '' },
    warning: await startWarning(kube, pod, now, signal),
    overdueMs: deletionTimestamp === undefined ? undefined : now - Date.parse(deletionTimestamp),
  }
}

/** Why a pod's containers are not created, from its events; undefined for a pod that has only just been scheduled. */
export async function startWarning(kube: Kube, pod: Pod, now: number, signal: AbortSignal): Promise<PodReport['warning']> {
  return isLongPending(pod, now) ? lastWarning(kube, pod.metadata, signal, tellingWarnings) : undefined
}

/** A healthy volume needs some seconds to be attached and mounted. */
const pendingMs = 15_000

/** Whether the pod's containers should have been created by now. Only the events of the pod tell why they are not. */
function isLongPending(pod: Pod, now: number): boolean {
  if (pod.spec?.nodeName === undefined || pod.status?.phase !== 'Pending') return false
  return now - Date.parse(pod.metadata.creationTimestamp) >= pendingMs
}

/** The newest warning about an object, in the words of the controller or kubelet that wrote it. */
export async function lastWarning(
  kube: Kube,
  { namespace, uid }: { readonly namespace: string; readonly uid: string },
  signal: AbortSignal,
  reasons?: ReadonlySet<string>,
): Promise<{ readonly reason: string; readonly message: string } | undefined> {
  const items = await warnings(kube, namespace, uid, signal)
  const telling = reasons === undefined ? items : items.filter(({ reason = '' }) => reasons.has(reason))
  const [newest] = telling.toSorted((a, b) => seenAt(b) - seenAt(a))
  return newest && { reason: newest.reason ?? '', message: (newest.message ?? '').slice(0, 512) }
}

/** Events are used only for messages: without the right to read them the operator works without. */
async function warnings(kube: Kube, namespace: string, uid: string, signal: AbortSignal): Promise<readonly CoreEvent[]> {
  try {
    const { items } = await kube.list(CORE_EVENT, { namespace, fieldSelector: `involvedObject.uid=${uid},type=Warning` }, signal)
    return items
  } catch (error) {
    if (isFailure(error, 'forbidden')) return []
    throw error
  }
}

function seenAt(event: CoreEvent): number {
  return Date.parse(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp)
}
