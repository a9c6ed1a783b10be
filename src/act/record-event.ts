import { CORE_EVENT } from '../adapters/kube/kinds.ts'
import { microTime } from '../adapters/kube/micro-time.ts'
import type { Kube } from '../adapters/kube.ts'
import type { EventDraft } from '../model/event.ts'
import { rfc3339 } from '../model/rfc3339.ts'

const eventMs = 10_000

/** Who writes an event, and when (milliseconds since the epoch). */
export interface EventSource {
  readonly identity: string
  readonly now: number
}

/** Writes an event. */
export async function writeEvent(kube: Kube, event: EventDraft, by: EventSource): Promise<void> {
  await kube.create(CORE_EVENT, signed(event, by), AbortSignal.timeout(eventMs))
}

/** Lets the API server say when it would have written an event, without writing it: its own clock, in milliseconds since the epoch. */
export async function rehearseEvent(kube: Kube, event: EventDraft, by: EventSource, signal: AbortSignal): Promise<number> {
  const { metadata } = await kube.create(CORE_EVENT, signed(event, by), signal, { dryRun: true })
  return Date.parse(metadata.creationTimestamp)
}

/**
 * An Event of core/v1, the only version in which the first and last time can be set: `kubectl describe` sorts the Events of an object
 * by the last time, to the second. Within a second they are in the order of their names, so the names grow with time.
 */
function signed({ object, type, reason, action, note }: EventDraft, { identity, now }: EventSource) {
  const { name, namespace } = object
  return {
    metadata: { name: `${name}.${serial(now)}`, namespace },
    involvedObject: object,
    type,
    reason,
    action,
    message: note,
    source: { component: reportedBy },
    firstTimestamp: rfc3339(now),
    lastTimestamp: rfc3339(now),
    count: 1,
    eventTime: microTime(now),
    reportingComponent: reportedBy,
    reportingInstance: identity,
  }
}

const reportedBy = 'etcd-operator.dev'

/** Hexadecimal nanoseconds, as client-go writes them; no two of this process are equal. */
function serial(now: number): string {
  last = Math.max(last + 1, Math.floor(now * 1000))
  return (BigInt(last) * 1000n).toString(16)
}

/** Microseconds since the epoch. */
let last = 0
