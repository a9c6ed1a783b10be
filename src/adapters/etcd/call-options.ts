/** What a caller may say about a call: when it has no use for the answer any more. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  readonly deadlineMs?: number | undefined
}
