import { EVENT } from '../adapters/kube/kinds.ts'
import { microTime } from '../adapters/kube/micro-time.ts'
import type { Kube } from '../adapters/kube.ts'
import type { EventDraft } from '../model/event.ts'

const eventMs = 10_000

/** Who writes an event, and when (milliseconds since the epoch). */
export interface EventSource {
  readonly identity: string
  readonly now: number
}

/** Writes an event. */
export async function writeEvent(kube: Kube, event: EventDraft, by: EventSource): Promise<void> {
  await kube.create(EVENT, signed(event, by), AbortSignal.timeout(eventMs))
}

/** Lets the API server say when it would have written an event, without writing it: its own clock, in milliseconds since the epoch. */
export async function rehearseEvent(kube: Kube, event: EventDraft, by: EventSource, signal: AbortSignal): Promise<number> {
  const { metadata } = await kube.create(EVENT, signed(event, by), signal, { dryRun: true })
  return Date.parse(metadata.creationTimestamp)
}

function signed(event: EventDraft, by: EventSource) {
  return { ...event, eventTime: microTime(by.now), reportingController: 'etcd-operator.dev', reportingInstance: by.identity }
}
