import { isRecord } from '../model/record.ts'

/**
 * The first field in which a living object differs from what is wanted, in words; undefined where it lacks nothing. Fields that only
 * the server sets or fills in by default don't count; a list must be as long as the wanted one, and equal item by item; null wants
 * a field to be absent.
 */
export function firstDifference(live: unknown, wanted: unknown, path = ''): string | undefined {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live) || live.length !== wanted.length) return inWords(path, live, wanted)
    return firstOf(wanted.map((item, index) => () => firstDifference(live[index], item, `${path}[${index}]`)))
  }
  if (isRecord(wanted)) {
    if (!isRecord(live)) return inWords(path, live, wanted)
    return firstOf(
      Object.entries(wanted).map(
        ([key, value]) =>
          () =>
            fieldDifference(live[key], value, path === '' ? key : `${path}.${key}`),
      ),
    )
  }
  return live === wanted || (wanted === null && live === undefined) ? undefined : inWords(path, live, wanted)
}

function fieldDifference(live: unknown, wanted: unknown, path: string): string | undefined {
  return wanted === undefined ? undefined : firstDifference(live, wanted, path)
}

function firstOf(differences: readonly (() => string | undefined)[]): string | undefined {
  for (const difference of differences) {
    const found = difference()
    if (found !== undefined) return found
  }
  return undefined
}

function inWords(path: string, live: unknown, wanted: unknown): string {
  if (wanted === null) return `${path} is ${shown(live)} and should not be there`
  return live === undefined
    ? `${path} should be ${shown(wanted)} and is not there`
    : `${path} is ${shown(live)} instead of ${shown(wanted)}`
}

function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`
}
