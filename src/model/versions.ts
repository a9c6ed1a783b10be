/** An etcd release x.y.z. */
export interface EtcdVersion {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

/** `3.6`: what decides about flags, file format and features. */
export type MinorKey = `${number}.${number}`

/** The first release with /livez and /readyz (etcd changelog 3.5.11), which the probes need. */
export const oldestSupported = '3.5.11'
export const newestSupportedMinor: MinorKey = '3.7'

/** Reads `x.y.z` without a leading v; undefined for anything else (a pre-release too). */
export function parseVersion(text: string): EtcdVersion | undefined {
  const match = /^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/.exec(text)
  if (match === null) return undefined
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) }
}

/** Negative, zero or positive, as `sort` wants it; undefined when one of them can't be read. */
export function compareVersions(a: string, b: string): number | undefined {
  const [left, right] = [parseVersion(a), parseVersion(b)]
  if (left === undefined || right === undefined) return undefined
  return left.major - right.major || left.minor - right.minor || left.patch - right.patch
}

/** `3.6.16` -> `3.6`; undefined when it can't be read. */
export function minorKey(version: string): MinorKey | undefined {
  const parsed = parseVersion(version)
  return parsed && `${parsed.major}.${parsed.minor}`
}

/** Whether the operator runs this release: 3.5.11 up to any 3.7. */
export function isSupported(version: string): boolean {
  return (compareVersions(version, oldestSupported) ?? -1) >= 0 && compareMinors(version, `${newestSupportedMinor}.0`) <= 0
}

/** Whether the release knows `max-learners` (3.6 and later); without it a cluster has one learner at most. */
export function hasMaxLearners(version: string): boolean {
  return compareMinors(version, '3.6.0') >= 0
}

/** Whether /readyz keeps a learner out of every Service (etcd pull request 19280, in 3.5.19): a learner refuses nearly all requests. */
export function readyzRefusesLearners(version: string): boolean {
  return (compareVersions(version, '3.5.19') ?? -1) >= 0
}

/** Whether MemberUpdate makes a voter of a learner whose URL it changes: below 3.5.31 and 3.6.12 it lost the mark of a learner. */
export function updatePromotesLearner(version: string): boolean {
  const mendedIn = minorKey(version) === '3.5' ? '3.5.31' : '3.6.12'
  return (compareVersions(version, mendedIn) ?? -1) < 0
}

/**
 * Why etcd `target` can't open a file that was written by minor version `stored` (3.6), with the way out; undefined when it
 * can: etcd reads the files of its own minor version and of the one before (etcd, upgrade guides). A target that is no version
 * at all is for the API server to refuse.
 */
export function whyNotOpen(stored: string, target: string): { reason: 'NewerVersion' | 'VersionTooOld'; message: string } | undefined {
  const steps = compareMinors(target, `${stored}.0`)
  if (steps === 0 || steps === 1 || parseVersion(target) === undefined) return undefined
  return steps < 0
    ? {
        reason: 'NewerVersion',
        message: `the file was written by etcd ${stored}, which ${target} can't read; restore it with a version ${stored}.x or later`,
      }
    : {
        reason: 'VersionTooOld',
        message: `the file was written by etcd ${stored}, more than one minor version before ${target}; restore it with a version ${nextMinor(stored)}.x, back that cluster up, and restore that backup with ${target}`,
      }
}

/** etcd opens the files of the minor version before its own: `3.5` -> `3.6`. */
function nextMinor(minor: string): string {
  const [major, last] = minor.split('.')
  return `${major}.${Number(last) + 1}`
}

/** The distance in minor versions (a major version counts as many); -Infinity when one of the versions can't be read. */
export function compareMinors(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)]
  if (left === undefined || right === undefined) return Number.NEGATIVE_INFINITY
  return (left.major - right.major) * 1000 + left.minor - right.minor
}
