import { isRecord } from '../model/record.ts'

/**
 * Whether a living object lacks anything of what is wanted. Fields that only the server sets or fills in by default don't
 * count; a list must be as long as the wanted one, and equal item by item.
 */
export function lacks(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return !Array.isArray(live) || live.length !== wanted.length || wanted.some((item, index) => lacks(live[index], item))
  }
  if (isRecord(wanted)) {
    return !isRecord(live) || Object.entries(wanted).some(([key, value]) => value !== undefined && lacks(live[key], value))
  }
  return live !== wanted
}
