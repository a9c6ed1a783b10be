import { mayStepOff, newestTested, pathTo } from '../version-path.ts'
import { compareMinors, isSupported, minorKey } from '../versions.ts'
import { answerOf, voters } from './members.ts'
import { downgradeMinor, highestDataMinor, runningVersions, templateVersion } from './versions-running.ts'
import type { ClusterView } from './view.ts'

/** What has to happen so that the members run what the spec asks for. It is judged by what they run, not by what was begun. */
export type VersionChange =
  | { readonly kind: 'none' }
  /** There is no way from here; why, with the way out. */
  | { readonly kind: 'refused'; readonly why: string }
  | VersionStep

/**
 * The next step of a version change.
 * - `patch`  another release of the minor version that the members run
 * - `up`     the next minor version; members may be of both while it is under way
 * - `down`   the minor version before, by etcd's downgrade API
 * - `back`   the minor version that some members still run, while the cluster has not moved on: no downgrade is needed
 */
export interface VersionStep {
  readonly kind: 'patch' | 'up' | 'down' | 'back'
  /** The lowest version that a member runs; for a step downwards the highest. */
  readonly from: string
  readonly to: string
  /** The steps after this one, in their order. */
  readonly later: readonly string[]
}

export function versionChange(view: ClusterView): VersionChange {
  const { version: wanted } = view.cluster.spec
  const running = runningVersions(view)
  const [lowest] = running
  const highest = running.at(-1)
  if (lowest === undefined || highest === undefined || !isSupported(wanted)) return { kind: 'none' }
  const spread = compareMinors(highest, lowest)
  if (spread === 0) return fromOne(view, running, lowest, highest, wanted)
  if (spread > 1)
    return { kind: 'refused', why: `the members run etcd ${lowest} and ${highest}, which is more than one minor version apart` }
  return fromTwo(view, lowest, highest, wanted)
}

/** All members run one minor version. */
function fromOne(view: ClusterView, running: readonly string[], lowest: string, highest: string, wanted: string): VersionChange {
  if (hasNotMovedOn(view, highest, wanted))
    return mayStepOff(wanted) ? { kind: 'back', from: highest, to: wanted, later: [] } : tooOld(highest, wanted)
  const path = pathTo(lowest, wanted)
  const isDone = running.every((version) => version === wanted) && templateVersion(view) === wanted
  switch (path.kind) {
    case 'none':
      return { kind: 'refused', why: path.why }
    case 'same':
    case 'patch':
      return isDone ? { kind: 'none' } : { kind: 'patch', from: lowest === wanted ? highest : lowest, to: wanted, later: [] }
    case 'down':
      return { kind: 'down', from: highest, to: wanted, later: [] }
    case 'up': {
      const [first = wanted, ...later] = path.steps
      const to = later.length > 0 ? onTheWay(view, first) : first
      return { kind: compareMinors(first, lowest) === 0 ? 'patch' : 'up', from: lowest, to, later }
    }
  }
}

/**
 * Whether a member that does not answer keeps the cluster at the minor version before: then no downgrade is needed to go back there, and the
 * silent member may need the older version to start at all.
 */
function hasNotMovedOn(view: ClusterView, highest: string, wanted: string): boolean {
  // Safety: the data of the members that answer has the older version. Where all of them answer, the cluster moves on at any moment.
  const isSilent = voters(view).some(({ name }) => name === undefined || answerOf(view, name) === undefined)
  const isBefore = compareMinors(wanted, highest) === -1 && highestDataMinor(view) === minorKey(wanted)
  return isSilent && isBefore && downgradeMinor(view) === undefined
}

/** A change of the minor version is under way: the cluster keeps the lower one until the last member has the higher one. */
function fromTwo(view: ClusterView, lowest: string, highest: string, wanted: string): VersionChange {
  const distance = compareMinors(wanted, lowest)
  if (distance < 0)
    return {
      kind: 'refused',
      why: `the members run etcd ${lowest} and ${highest}; set spec.version to a ${minorKey(lowest)} release first`,
    }
  if (distance === 0) {
    // Safety: the data tells whether the cluster has moved on: then an older etcd can't open it without a downgrade.
    const hasMovedOn = highestDataMinor(view) === minorKey(highest)
    if (!mayStepOff(wanted)) return tooOld(highest, wanted)
    return { kind: hasMovedOn ? 'down' : 'back', from: highest, to: wanted, later: [] }
  }
  if (distance === 1) return { kind: 'up', from: lowest, to: wanted, later: [] }
  const to = onTheWay(view, newestTested[minorKey(highest) ?? '3.7'] ?? highest)
  const path = pathTo(to, wanted)
  return { kind: 'up', from: lowest, to, later: path.kind === 'none' ? [] : path.steps }
}

/** The members that have the higher minor version were never to meet such an early release of the lower one. */
function tooOld(highest: string, wanted: string): VersionChange {
  return {
    kind: 'refused',
    why: `members run etcd ${highest} already, and ${wanted} may not be left for it; set spec.version to a newer ${minorKey(wanted)} release`,
  }
}

/** A release on the way: the one that pods get already, if it may be left again, so that nobody is restarted once more. */
function onTheWay(view: ClusterView, newest: string): string {
  const carried = templateVersion(view)
  return carried !== undefined && compareMinors(carried, newest) === 0 && mayStepOff(carried) ? carried : newest
}

/** Whether pods are created with the minor version of this step already: its gates were open then, and are not asked again. */
export function isBegun(view: ClusterView, { to }: VersionStep): boolean {
  const carried = templateVersion(view)
  return carried !== undefined && compareMinors(carried, to) === 0
}
