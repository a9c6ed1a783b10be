import { annotation } from '../../../api/labels.ts'
import { backupFirst } from '../../../model/cluster/backup-first.ts'
import { etcdctlInPod } from '../../../model/cluster/etcdctl.ts'
import { answerOf, isOurs, leaderOf, voters } from '../../../model/cluster/members.ts'
import { isBegun, type VersionStep, versionChange } from '../../../model/cluster/version-change.ts'
import { type Hold, isDowngradeUnwanted, whatHolds } from '../../../model/cluster/version-gates.ts'
import { clusterMinor, downgradeMinor, runningVersions, templateVersion, versionOf } from '../../../model/cluster/versions-running.ts'
import type { ClusterView, OurMember } from '../../../model/cluster/view.ts'
import { compareVersions, minorKey } from '../../../model/versions.ts'
import { awaitHealthy } from '../await-healthy.ts'
import { awaitWindow } from '../maintenance-window.ts'
import { block, type Decision, step, wait } from '../step.ts'

/**
 * Goes to another version of etcd step by step; the members' restarts are the roll's:
 *
 *   up    all members healthy -> no alarm -> one cluster version -> (from 3.6: every member has saved a snapshot without 3.5) -> roll
 *   down  the same -> etcd takes the data of every member back -> roll -> etcd raises nothing any more
 *
 * Nothing is remembered of a change but the version that pods are created with: a spec that is set back turns it round wherever it is.
 */
export function changeVersion(view: ClusterView): Decision | undefined {
  const change = versionChange(view)
  if (change.kind === 'none') return undefined
  if (change.kind === 'refused') return block('VersionRefused', `spec.version asks for ${view.cluster.spec.version}: ${change.why}`)
  const hold = whatHolds(view, change)
  // The roll restarts the members about which others have stored something wrong.
  const isRolled = hold?.on === 'stored-wrongly' && hold.correctable
  return hold === undefined || isRolled ? undefined : decisionFor(view, change, hold)
}

/** Takes back the permission to go back, before anything that relies on the newer version of the cluster. */
export function cancelDowngrade(view: ClusterView): Decision | undefined {
  const change = versionChange(view)
  if (change.kind === 'refused' || !isDowngradeUnwanted(view, change.kind === 'none' ? undefined : change)) return undefined
  return cancel(view, `the members are not to go back to etcd ${downgradeMinor(view)} any more`)
}

/** etcd follows its members within seconds: only then is the change over. Until all members run it, what holds them up is reported. */
export function awaitClusterVersion(view: ClusterView): Decision | undefined {
  const minor = minorKey(view.cluster.spec.version)
  if (runningVersions(view).some((version) => minorKey(version) !== minor)) return undefined
  const target = downgradeMinor(view)
  if (target !== undefined) return wait('VersionSettling', `every member runs etcd ${minor}; waiting for etcd to end the way back`, 500)
  if (!view.membership.known || clusterMinor(view) === minor) return undefined
  return wait('VersionSettling', `every member runs etcd ${minor}; waiting for the version of the cluster to follow`, 250)
}

function decisionFor(view: ClusterView, change: VersionStep, hold: Hold): Decision {
  const begins = `; etcd ${change.from} -> ${change.to} begins then${followedBy(change)}`
  switch (hold.on) {
    case 'image-tag':
      return block(
        'VersionRefused',
        `the way from etcd ${change.from} to ${view.cluster.spec.version} leads through ${change.to}, and spec.image.tag names one image: leave the tag empty, or go to ${change.to} first`,
      )
    case 'downgrade':
      return cancel(view, `etcd ${change.to} is wanted, and the members are allowed to go back to ${downgradeMinor(view)}`)
    case 'too-early':
      return block(
        'VersionRefused',
        `a member runs etcd ${minorKey(change.to)} already, and the logs of others may hold entries of 3.5, which it can't read: delete the pod of that member, which comes back with ${change.from}`,
      )
    case 'member':
      return awaitHealthy(view, hold.member, { until: begins, next: 'UpdateTemplate' })
    case 'learner':
      return wait('LearnerCatchingUp', `waiting until ${hold.member.name ?? hold.member.id} has its vote${begins}`, 1000, {
        next: 'UpdateTemplate',
      })
    case 'alarm':
      return block(
        hold.alarm === 'NOSPACE' ? 'NoSpace' : 'DataCorrupt',
        `the ${hold.alarm} alarm is raised, and no member gets another version of etcd meanwhile: clear it first${hold.alarm === 'NOSPACE' ? ' (spec.maintenance.noSpace: Remediate lets the operator do that)' : ''}${begins}`,
      )
    case 'cluster-version':
      return wait(
        'VersionSettling',
        `waiting for the version of the cluster to follow its members, which run ${change.from}${begins}`,
        250,
        {
          next: 'UpdateTemplate',
        },
      )
    case 'stored-members':
      return wait('CheckingStoredMembers', `reading which members each member has stored: ${hold.why}${begins}`, 500, {
        next: 'UpdateTemplate',
      })
    case 'stored-wrongly':
      return block(
        'StoredMembersWrong',
        `${hold.words.join('; ')}: etcd 3.6 would take its members from there, and restarts of members did not correct that. Compare with ${etcdctlInPod(view, 'member list')}; remove the member that is wrong with spec.repair.replaceMembers, or restart all members (annotation ${annotation.restartedAt})`,
      )
    case 'backup':
      return takeBackup(view, hold.backup, begins)
    case 'snapshots':
      return saveSnapshots(view, change, hold.phase)
    case 'data':
      return takeBack(view, change, hold.phase)
  }
}

function takeBackup(view: ClusterView, backup: Extract<Hold, { on: 'backup' }>['backup'], begins: string): Decision {
  const { name } = backup
  switch (backup.state) {
    case 'due': {
      const what = { do: 'CreateBackup', name, storage: backup.schedule.storage } as const
      const message = `taking the backup ${name} first, where schedule ${backup.schedule.name} stores its own${begins}`
      // A backup disrupts nothing; taken now it would be days old when the first member is restarted.
      return awaitWindow(view, what, message) ?? step('BackingUpFirst', message, what)
    }
    case 'running':
      return wait('BackingUpFirst', `waiting for the backup ${name}${begins}`, 2_000, { next: 'UpdateTemplate' })
    case 'failed':
      return block(
        'BackupFirstFailed',
        `the backup ${name} before the version change has failed: kubectl describe etcdbackup ${name} says why. Delete it, and another one is taken; or set spec.upgrade.backupFirst to false`,
      )
  }
}

/**
 * etcd 3.7 exits at entries of 3.5 in its log, for ever. Whenever the data is taken back, every member saves a snapshot, and reads nothing
 * before that any more: no member has to be restarted for it.
 */
function saveSnapshots(view: ClusterView, change: VersionStep, phase: Extract<Hold, { on: 'snapshots' }>['phase']): Decision {
  const why = `the cluster may have run etcd 3.5, whose entries in a member's log ${minorKey(change.to)} can't read`
  switch (phase) {
    case 'allow':
      // Safety: every voter is healthy and of 3.6, which serves in the same way while its data has the version of 3.5; it is taken on again next.
      return enable(view, '3.5', 'SavingSnapshots', `${why}: making every member save a snapshot first`)
    case 'saving':
      return wait('SavingSnapshots', `${why}: waiting until every member has saved a snapshot`, 250, { next: 'NoteSnapshots' })
    case 'saved':
      // Safety: etcd takes the version of a member's data back only once its log begins behind a snapshot that was saved for it.
      return step('SavingSnapshots', 'every member has saved a snapshot', { do: 'NoteSnapshots', logsFrom: '3.6' })
  }
}

function takeBack(view: ClusterView, change: VersionStep, phase: Extract<Hold, { on: 'data' }>['phase']): Decision {
  const target = minorKey(change.to)
  if (phase === 'allow')
    // Safety: every voter is healthy and has the log, so that etcd takes all data back at once; the members go on with their version.
    return enable(view, `${target}`, 'Downgrading', `etcd ${change.from} -> ${change.to}: letting etcd take the data of every member back`)
  return wait(
    'Downgrading',
    `etcd ${change.from} -> ${change.to}: waiting until the data of every member was taken back to ${target}`,
    250,
    {
      next: 'UpdateTemplate',
    },
  )
}

function enable(view: ClusterView, minor: string, reason: 'SavingSnapshots' | 'Downgrading', message: string): Decision {
  const member = newestMember(view)
  if (member === undefined) return wait('StartingMembers', 'waiting for a leader', 500, { next: 'EnableDowngrade' })
  const what = { do: 'EnableDowngrade', member: member.name, id: member.id, target: `${minor}.0` } as const
  return awaitWindow(view, what, message) ?? step(reason, message, what)
}

function cancel(view: ClusterView, why: string): Decision {
  const member = newestMember(view)
  if (member === undefined) return wait('StartingMembers', 'waiting for a leader', 500, { next: 'CancelDowngrade' })
  // Safety: nothing is restarted by it; members that went back already run on, and the cluster keeps their version until they are new again.
  return step('Downgrading', `${why}: taking the permission back`, { do: 'CancelDowngrade', member: member.name, id: member.id })
}

/** etcd 3.5 does not answer these calls: a member of the newest version is asked, the leader where it is one. */
function newestMember(view: ClusterView): OurMember | undefined {
  const leader = leaderOf(view)
  if (leader === undefined) return undefined
  return voters(view)
    .filter(isOurs)
    .filter(({ name }) => answerOf(view, name)?.serves === true)
    .toSorted(
      (a, b) =>
        (compareVersions(versionOf(view, b.name) ?? '', versionOf(view, a.name) ?? '') ?? 0) ||
        Number(b.id === leader.id) - Number(a.id === leader.id),
    )[0]
}

/** What comes after this step. */
function followedBy({ later }: VersionStep): string {
  return later.length > 0 ? `, and ${later.join(', then ')} after that` : ''
}

/** What a person should know when pods are about to be created with another version: whether there is a backup, and where there is no way back. */
export function beginWords(view: ClusterView): string {
  const change = versionChange(view)
  if (change.kind === 'none' || change.kind === 'refused' || change.to === templateVersion(view)) return ''
  const first = backupFirst(view, change)
  const backup =
    change.kind === 'back' || isBegun(view, change) || first.state !== 'none' || first.why === undefined ? '' : `; ${first.why}`
  if (change.kind !== 'up') return backup
  return `${backup}. Until the last member has started with ${change.to}, setting spec.version back leads back${followedBy(change)}`
}

/**
 * What a person should know about the restart of this member, for the message of the roll: that there is no way back behind it, and what
 * comes next. Empty where there is nothing.
 */
export function versionWords(view: ClusterView, member: string): string {
  const change = versionChange(view)
  if (change.kind === 'none' || change.kind === 'refused') return ''
  const from = minorKey(change.from)
  const others = voters(view).filter(({ name }) => name !== member && name !== undefined && minorKey(versionOf(view, name) ?? '') === from)
  const isLast = change.kind === 'up' && isBegun(view, change) && others.length === 0 && minorKey(versionOf(view, member) ?? '') === from
  const noWayBack = isLast
    ? `. This is the last member with etcd ${from}: once it has started with ${change.to}, the way back to ${from} leads through a downgrade`
    : ''
  return `${noWayBack}${change.later.length > 0 ? `. Next: etcd ${change.later.join(', then ')}` : ''}`
}
