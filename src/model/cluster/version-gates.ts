import { minorKey } from '../versions.ts'
import { type BackupFirst, backupFirst } from './backup-first.ts'
import { mayHoldEntriesOf35 } from './logs-from.ts'
import { isHealthy, learners, podOf, voters } from './members.ts'
import { isCorrectable, storedWrongly } from './stored-members.ts'
import { isBegun, type VersionStep } from './version-change.ts'
import { clusterMinor, downgradeMinor, highestDataMinor, runningVersions, templateVersion } from './versions-running.ts'
import type { Alarm, ClusterView, Member } from './view.ts'

/** What a version change waits for before its first member is restarted. */
export type Hold =
  /** spec.image.tag names one image, and the change has several steps. */
  | { readonly on: 'image-tag' }
  /** etcd lets its members go back to another version than this step leads to. */
  | { readonly on: 'downgrade' }
  /** A member runs the next version before the logs of all others are known to hold nothing that it can't read: somebody edited its pod. */
  | { readonly on: 'too-early' }
  | { readonly on: 'learner'; readonly member: Member }
  | { readonly on: 'member'; readonly member: Member }
  | { readonly on: 'alarm'; readonly alarm: Alarm['alarm'] }
  /** Members disagree on the version of the cluster, or it has not followed theirs yet. */
  | { readonly on: 'cluster-version' }
  /** 3.6 takes its members from each member's database, and it is not known yet what stands there. */
  | { readonly on: 'stored-members'; readonly why: string }
  /** What stands there is not what etcd lists. `correctable`: restarts of members correct it. */
  | { readonly on: 'stored-wrongly'; readonly words: readonly string[]; readonly correctable: boolean }
  | { readonly on: 'backup'; readonly backup: Exclude<BackupFirst, { readonly state: 'none' | 'completed' }> }
  /**
   * Logs may hold entries of 3.5. Every member is made to save a snapshot: the data is taken back to 3.5 and, once all of it was, on to 3.6.
   * - `allow`   nothing was done yet
   * - `saving`  etcd takes the data of every member back
   * - `saved`   every member has saved its snapshot
   */
  | { readonly on: 'snapshots'; readonly phase: 'allow' | 'saving' | 'saved' }
  /**
   * The data has to be taken back before an older etcd can open it.
   * - `allow`   etcd has to be asked for it
   * - `taking`  etcd does it
   */
  | { readonly on: 'data'; readonly phase: 'allow' | 'taking' }

/** The first thing that holds this step up; undefined: its pods may be created, or are created already. */
export function whatHolds(view: ClusterView, step: VersionStep): Hold | undefined {
  if (step.later.length > 0 && view.cluster.spec.image.tag !== '') return { on: 'image-tag' }
  // A way back that is taken back: a member that can't start with the older etcd gets the newer one, and the permission is taken back then.
  if (isDowngradeUnwanted(view, step))
    return step.kind === 'up' && downgradeMinor(view) === minorKey(step.from) ? undefined : { on: 'downgrade' }
  switch (step.kind) {
    case 'back':
      return undefined
    case 'patch':
      return isFirstChange(view, step) ? (comingBack(view) ?? alarm(view) ?? backup(view, step)) : undefined
    case 'up':
      if (isBegun(view, step)) return undefined
      // Where members run it already, the change was begun, turned round and turned round again; its snapshots were noted then.
      if (runningVersions(view).some((version) => minorKey(version) === minorKey(step.to)))
        return minorKey(step.to) === '3.7' && mayHoldEntriesOf35(view) ? { on: 'too-early' } : undefined
      return calm(view) ?? alarm(view) ?? oneVersion(view, step) ?? storedMembers(view, step) ?? backup(view, step) ?? snapshots(view, step)
    case 'down':
      // Safety: an older etcd does not open newer data, so pods are created with it only while the data has its version.
      if (isBegun(view, step) && highestDataMinor(view) === minorKey(step.to)) return undefined
      return calm(view) ?? alarm(view) ?? oneVersion(view, step) ?? backup(view, step) ?? takenBack(view, step)
  }
}

/**
 * Whether every member runs what pods are created with, so that nothing was begun, and none of them fails: another patch release may be what
 * heals it.
 */
function isFirstChange(view: ClusterView, { to }: VersionStep): boolean {
  const carried = templateVersion(view)
  const fails = voters(view).some((member) => !isHealthy(view, member) && !isComingBack(view, member))
  return carried !== to && !fails && runningVersions(view).every((version) => version === carried)
}

/** A member that is being restarted for something else. */
function comingBack(view: ClusterView): Hold | undefined {
  const member = voters(view).find((one) => !isHealthy(view, one))
  return member && { on: 'member', member }
}

/** So long after its pod was created a member that does not answer counts as failing. */
const comesBackMs = 60_000

function isComingBack(view: ClusterView, { name }: Member): boolean {
  const pod = name === undefined ? undefined : podOf(view, name)
  if (pod === undefined || pod.endsBy !== undefined) return true
  return pod.etcd.state !== 'waiting' && pod.restarts === 0 && view.now - pod.createdAt < comesBackMs
}

function calm(view: ClusterView): Hold | undefined {
  const sick = voters(view).find((member) => !isHealthy(view, member))
  if (sick !== undefined) return { on: 'member', member: sick }
  const [learner] = learners(view)
  return learner && { on: 'learner', member: learner }
}

function alarm({ answers }: ClusterView): Hold | undefined {
  for (const answer of answers.values()) {
    const [raised] = answer.known && answer.value.serves ? answer.value.alarms : []
    if (raised !== undefined) return { on: 'alarm', alarm: raised.alarm }
  }
  return undefined
}

/** The cluster's version is that of the step's beginning, but for the time in which the operator has it taken back. */
function oneVersion(view: ClusterView, { from }: VersionStep): Hold | undefined {
  if (downgradeMinor(view) !== undefined) return undefined
  return clusterMinor(view) === minorKey(from) ? undefined : { on: 'cluster-version' }
}

function storedMembers(view: ClusterView, { from }: VersionStep): Hold | undefined {
  if (minorKey(from) !== '3.5') return undefined
  if (!view.storedMembers.known) return { on: 'stored-members', why: view.storedMembers.why }
  const wrong = storedWrongly(view)
  return wrong.length === 0 ? undefined : { on: 'stored-wrongly', words: wrong.map(({ words }) => words), correctable: isCorrectable(view) }
}

/** Once etcd was told to take data back, the change is under way. */
function backup(view: ClusterView, step: VersionStep): Hold | undefined {
  const first = backupFirst(view, step)
  if (first.state === 'none' || first.state === 'completed' || downgradeMinor(view) !== undefined) return undefined
  return { on: 'backup', backup: first }
}

function snapshots(view: ClusterView, { to }: VersionStep): Hold | undefined {
  const isAllowed = downgradeMinor(view) === '3.5'
  if (minorKey(to) !== '3.7' || (!isAllowed && !mayHoldEntriesOf35(view))) return undefined
  if (!isAllowed) return { on: 'snapshots', phase: 'allow' }
  return { on: 'snapshots', phase: clusterMinor(view) === '3.5' ? 'saved' : 'saving' }
}

function takenBack(view: ClusterView, { to }: VersionStep): Hold | undefined {
  if (downgradeMinor(view) !== minorKey(to)) return { on: 'data', phase: 'allow' }
  return isDataOf(view, to) ? undefined : { on: 'data', phase: 'taking' }
}

/** Whether etcd has taken the data of every member back to the minor version of this release, and lets its members go back to it. */
function isDataOf(view: ClusterView, version: string): boolean {
  const minor = minorKey(version)
  return highestDataMinor(view) === minor && clusterMinor(view) === minor
}

/**
 * Whether etcd lets its members go back to another version than this step leads to: the spec was set back half way. A new etcd would run, but
 * the version of its cluster would not rise.
 */
export function isDowngradeUnwanted(view: ClusterView, step: VersionStep | undefined): boolean {
  const target = downgradeMinor(view)
  if (target === undefined) return false
  // etcd ends it itself once the last member is of that version.
  if (step === undefined || step.kind === 'patch') return runningVersions(view).some((version) => minorKey(version) !== target)
  if (step.kind === 'down' || step.kind === 'back') return minorKey(step.to) !== target
  return !(target === '3.5' && minorKey(step.to) === '3.7' && mayHoldEntriesOf35(view) && !isBegun(view, step))
}
