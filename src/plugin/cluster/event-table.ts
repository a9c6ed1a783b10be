import type { CoreEvent } from '../../adapters/kube/kinds.ts'
import { since } from '../age.ts'
import type { Column } from '../table.ts'
import { styled } from '../text.ts'

/** When an event happened for the last time, RFC 3339. */
export function timeOfEvent({ eventTime, firstTimestamp, lastTimestamp, metadata, series }: CoreEvent): string {
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp ?? metadata.creationTimestamp
}

/** Oldest first. Times have seconds; within a second the operator's events are in the order of their names, which grow with time. */
export function inOrder(events: readonly CoreEvent[]): readonly CoreEvent[] {
  const time = (event: CoreEvent) => Math.floor(Date.parse(timeOfEvent(event)) / 1000)
  return events.toSorted((a, b) => time(a) - time(b) || a.metadata.name.localeCompare(b.metadata.name))
}

export function eventColumns(now: number): readonly Column<CoreEvent>[] {
  return [
    { title: 'AGO', align: 'right', cell: (event) => since(timeOfEvent(event), now) },
    { title: 'TYPE', drop: 2, cell: ({ type }) => (type === 'Warning' ? styled('warning', 'Warning') : (type ?? '')) },
    { title: 'REASON', cell: ({ reason, type }) => styled(type === 'Warning' ? 'warning' : 'strong', reason ?? '') },
    { title: 'OBJECT', drop: 1, cell: ({ involvedObject }) => `${involvedObject.kind?.toLowerCase() ?? ''}/${involvedObject.name ?? ''}` },
    { title: 'FROM', onlyWide: true, cell: ({ reportingComponent, source }) => source?.component || reportingComponent || '' },
    { title: 'COUNT', drop: 3, align: 'right', cell: ({ count, series }) => String(series?.count ?? count ?? 1) },
    { title: 'MESSAGE', wrapsAt: 30, cell: ({ message }) => message ?? '' },
  ]
}
