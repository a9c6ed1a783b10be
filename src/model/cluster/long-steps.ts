/**
 * A step that takes minutes, while a pass has 60 seconds: the call goes on beside the passes, and its end wakes the cluster. An operator
 * that takes over learns from the member itself that it is being defragmented; a compaction it asks for again, which changes nothing.
 */
export interface LongStep {
  readonly do: 'Compact' | 'Defragment'
  readonly member: string
  /** ID of the member. */
  readonly id: string
  /** Of a compaction: what was asked for. */
  readonly revision: number | undefined
  /** Wall clock, milliseconds since the epoch. */
  readonly startedAt: number
  /** Milliseconds after which the call is given up. */
  readonly deadlineMs: number
  /** Size of the database file before the step. */
  readonly bytesBefore: number
}

export interface EndedStep extends LongStep {
  /** Wall clock, milliseconds since the epoch. */
  readonly endedAt: number
  /** On the monotonic clock, milliseconds. */
  readonly endedMs: number
  /** Sizes of the database file, and of the part of it that is in use; undefined where the member did not answer. */
  readonly after: { readonly bytes: number; readonly bytesInUse: number } | undefined
  /** Why it failed; undefined where it did not. */
  readonly failure: string | undefined
}

/** Identifies a step by what it does and the ID of its member. */
export function longStepKey({ do: action, id }: Pick<LongStep, 'do' | 'id'>): string {
  return `${action} ${id}`
}

/** How the last step of this kind on this member ended. */
export function endedStep(
  ended: ReadonlyMap<string, EndedStep>,
  action: LongStep['do'],
  { id }: { readonly id: string },
): EndedStep | undefined {
  return ended.get(longStepKey({ do: action, id }))
}

/** Milliseconds that a step may take before it is given up: ten times what it takes on an ordinary disk, and two minutes. */
export function longStepDeadlineMs(bytes: number): number {
  return 120_000 + Math.ceil(bytes / 2 ** 30) * 100_000
}
