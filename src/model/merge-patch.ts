import { isRecord } from './record.ts'

/** A merge patch (RFC 7396) that makes the stored value equal to the desired one: fields that the desired one lacks are set to null. */
export function mergePatchTo(stored: unknown, desired: object): Readonly<Record<string, unknown>> {
  const old = isRecord(stored) ? stored : {}
  const kept = Object.entries(desired).filter(([, value]) => value !== undefined)
  const fields = new Set(kept.map(([field]) => field))
  const gone = Object.keys(old).filter((field) => !fields.has(field))
  return Object.fromEntries([
    ...gone.map((field) => [field, null]),
    ...kept.map(([field, value]) => [field, isRecord(value) && isRecord(old[field]) ? mergePatchTo(old[field], value) : value]),
  ])
}
