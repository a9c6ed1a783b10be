import { isRecord } from './record.ts'

const name = 'more than 256 KiB'

/** Memory that one field of an object may take. */
export const maxFieldBytes = 256 * 1024

/**
 * What stands in the memory of the operator in place of a field that takes more than that. Nothing valid looks like it: an API server that
 * is asked to make something of it refuses it by this name.
 */
export const oversized: Readonly<Record<string, unknown>> = { [name]: true }

export function isOversized(value: unknown): boolean {
  return isRecord(value) && name in value
}
