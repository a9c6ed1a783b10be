/** Limits of a call. The deadline is required, because a silent host would hold the call for ever. */
export interface Limits {
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
  /** Of the reply; 64 KiB by default. */
  readonly maxReplyBytes?: number
}
