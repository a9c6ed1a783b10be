import { ETCD_CLUSTER, EVENT } from '../../adapters/kube/kinds.ts'
import { microTime } from '../../adapters/kube/micro-time.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import type { Decision } from '../../plan/cluster/step.ts'
import { changeOf, statusOf, statusPatch } from '../../report/cluster/status.ts'
import type { EventDraft } from '../../report/events.ts'

/** Writes the status by compare-and-swap: whoever has written in between is not overwritten (`conflict`). Undefined: nothing to write. */
export async function publishStatus(
  kube: Kube,
  view: ClusterView,
  decision: Decision,
  signal: AbortSignal,
): Promise<EtcdCluster | undefined> {
  const { uid, resourceVersion } = view.cluster.metadata
  const status = statusOf(view, decision)
  if (changeOf(view.cluster.status, status) === undefined) return undefined
  const patch = { metadata: { uid, resourceVersion }, status: statusPatch(view.cluster.status, status) }
  return kube.patch(ETCD_CLUSTER, view.cluster.metadata, patch, signal, { subresource: 'status' })
}

const eventMs = 10_000

/** Who writes an event, and when (milliseconds since the epoch). */
export interface Teller {
  readonly identity: string
  readonly now: number
}

/** Writes an event. */
export async function publishEvent(kube: Kube, event: EventDraft, by: Teller): Promise<void> {
  await kube.create(EVENT, signed(event, by), AbortSignal.timeout(eventMs))
}

/** Lets the API server say when it would have written an event, without writing it: its own clock, in milliseconds since the epoch. */
export async function rehearseEvent(kube: Kube, event: EventDraft, by: Teller, signal: AbortSignal): Promise<number> {
  const { metadata } = await kube.create(EVENT, signed(event, by), signal, { dryRun: true })
  return Date.parse(metadata.creationTimestamp)
}

function signed(event: EventDraft, by: Teller) {
  return { ...event, eventTime: microTime(by.now), reportingController: 'etcd-operator.dev', reportingInstance: by.identity }
}
