import { isRecord } from '../../src/model/record.ts'

/** What a JSON merge patch makes of a value (RFC 7396), as the API server does it: null removes, records are merged, all else is replaced. */
export function mergePatched(value: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch
  const merged: Record<string, unknown> = isRecord(value) ? { ...value } : {}
  for (const [key, change] of Object.entries(patch)) {
    if (change === undefined) continue // JSON has no such thing.
    if (change === null) delete merged[key]
    else merged[key] = mergePatched(merged[key], change)
  }
  return merged
}
