import { isRecord } from './record.ts'

const name = 'more than 256 KiB'

/** Memory that one field of an object may take. */
export const maxFieldBytes = 256 * 1024

/**
 * Replaces, in the operator's memory, a field that takes more than that. No valid field looks like it: if the operator writes an object
 * with it, the API server refuses the object and names this field.
 */
export const oversized: Readonly<Record<string, unknown>> = { [name]: true }

export function isOversized(value: unknown): boolean {
  return isRecord(value) && name in value
}
