import { isRecord } from './record.ts'

/** Whether two values of JSON are equal, whatever the order of their keys; a field that is undefined is like one that is absent. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (Array.isArray(one))
    return Array.isArray(other) && one.length === other.length && one.every((item, index) => isSame(item, other[index]))
  if (!isRecord(one) || !isRecord(other) || Array.isArray(other)) return false
  for (const key of Object.keys(one)) if (!isSame(one[key], other[key])) return false
  for (const key of Object.keys(other)) if (one[key] === undefined && other[key] !== undefined) return false
  return true
}
