import { writeEvent } from '../act/record-event.ts'
import type { EventDraft } from '../model/event.ts'
import type { Tools } from './tools.ts'

/** Records an Event without waiting for the write: the next step may be due, and an Event that can't be written holds nothing up. */
export function recordEvent({ live, identity, clock, log }: Pick<Tools, 'live' | 'identity' | 'clock' | 'log'>, event: EventDraft): void {
  writeEvent(live, event, { identity, now: clock.now() }).catch((error: unknown) =>
    log.warn({ reason: event.reason, err: error }, 'event not written'),
  )
}
