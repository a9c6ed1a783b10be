import { isRecord } from './record.ts'

/** A field in which the stored object differs from the wanted one. */
export interface Difference {
  /** `spec.containers[etcd].image` */
  readonly path: string
  readonly live: unknown
  /** null: the field should not be there. */
  readonly wanted: unknown
}

/** The first field in which the stored object differs from the wanted one, in words; undefined where none differs. */
export function firstDifference(live: unknown, wanted: unknown): string | undefined {
  const [first] = differences(live, wanted)
  return first && inWords(first)
}

/**
 * Fields that only the server sets or fills in by default don't count; a list must be as long as the wanted one, and equal item by item;
 * null wants a field to be absent.
 */
export function differences(live: unknown, wanted: unknown, path = ''): readonly Difference[] {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live) || live.length !== wanted.length) return [{ path, live, wanted }]
    return wanted.flatMap((item, index) => differences(live[index], item, `${path}[${nameOf(item) ?? index}]`))
  }
  if (isRecord(wanted)) {
    if (!isRecord(live)) return [{ path, live, wanted }]
    return Object.entries(wanted).flatMap(([key, value]) =>
      value === undefined ? [] : differences(live[key], value, path === '' ? key : `${path}.${key}`),
    )
  }
  return live === wanted || (wanted === null && live === undefined) ? [] : [{ path, live, wanted }]
}

/** Items of a list are shown by their name, where they have one. */
function nameOf(item: unknown): string | undefined {
  return isRecord(item) && typeof item.name === 'string' ? item.name : undefined
}

function inWords({ path, live, wanted }: Difference): string {
  if (wanted === null) return `${path} is ${shown(live)} and should not be there`
  return live === undefined
    ? `${path} should be ${shown(wanted)} and is not there`
    : `${path} is ${shown(live)} instead of ${shown(wanted)}`
}

/** As JSON, cut off where it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'absent'
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`
}
