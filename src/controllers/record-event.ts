import { publishEvent } from '../act/cluster/publish.ts'
import type { EventDraft } from '../report/events.ts'
import type { Tools } from './tools.ts'

/** Nobody waits for an event: the next step may be due, and one that can't be written holds nothing up. */
export function tell({ live, identity, clock, log }: Pick<Tools, 'live' | 'identity' | 'clock' | 'log'>, event: EventDraft): void {
  publishEvent(live, event, { identity, now: clock.now() }).catch((error: unknown) =>
    log.warn({ reason: event.reason, err: error }, 'event not written'),
  )
}
