import type { RestoredFrom } from '../../../api/etcd-cluster.ts'
import { isOutlived, lifeOf, resultOf } from '../../../model/agent/run.ts'
import { revisionBump } from '../../../model/agent/task.ts'
import { firstIncarnation } from '../../../model/cluster/identity.ts'
import { answerOf, configOf, volumeOf } from '../../../model/cluster/members.ts'
import { isOutOfSpace } from '../../../model/cluster/no-space.ts'
import type { NamedRun, RestoreFacts } from '../../../model/cluster/restore-facts.ts'
import { restoredRevision } from '../../../model/cluster/restored.ts'
import { retainedVolumes } from '../../../model/cluster/retained-volumes.ts'
import { effectiveQuotaBytes } from '../../../model/cluster/spec-problems.ts'
import { beginsWith, frozenTls } from '../../../model/cluster/tls.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { isVolumeConflict } from '../../../model/cluster/volume-conflict.ts'
import { smallestVolumeBytes } from '../../../model/cluster/volume-size.ts'
import { memberName, restoreJobName, verifyJobName, volumeName } from '../../../model/names.ts'
import { formatBytes } from '../../../model/quantity.ts'
import { whyNotWithAuth } from '../../../model/restore/snapshot-with-auth.ts'
import { type DataSource, resolveSource, type SourceFile, sourceInWords } from '../../../model/restore/source.ts'
import type { VerifiedSnapshot } from '../../../model/restore/verified-snapshot.ts'
import { whyNotOpen } from '../../../model/versions.ts'
import { askedFor } from '../../../objects/jobs/restore-jobs.ts'
import { jobWords } from '../../job-words.ts'
import { block, type Decision, step, wait } from '../step.ts'
import { runJob } from './run-job.ts'
import { volumesTooSmall } from './volumes-too-small.ts'

/**
 * A cluster that begins with a backup:
 *
 *   file read and whole -> frozen with size 1 -> claim of the first member -> Job writes the data -> established config -> pod
 *     -> its keys counted -> cluster ID pinned -> grown by learners, as any cluster
 *
 * Nobody can write before the pin, so that until then everything may be done again. bootstrap.ts asks for each part in its place.
 */

/** Finds the file and lets a Job read it; then freezes what the Job found. */
export function beginWithBackup(view: ClusterView, source: DataSource, restore: Extract<RestoreFacts, { stage: 'source' }>): Decision {
  const going = goingAway(view)
  if (going !== undefined)
    return wait('WaitingForDeletion', `objects of an earlier cluster of this name are still being deleted: ${going}`, 1000)
  const { verifiedByRestore } = restore
  const small = volumesTooSmall(view)
  if (small !== undefined) return small
  if (verifiedByRestore !== undefined) return whyNot(view, verifiedByRestore) ?? freeze(view, verifiedByRestore)
  const found = resolveSource(source, restore.facts)
  switch (found.kind) {
    case 'refused':
      return block(found.reason, found.message)
    case 'wait':
      return wait(found.reason, found.message, 2000)
    case 'file':
      return verify(view, source, restore, found.file)
  }
}

/**
 * Retained volumes don't stand in the way of a restore, which writes beside their data. Pods of the earlier cluster do: a member of
 * it that still runs would be taken for a member of this cluster.
 */
function goingAway(view: ClusterView): string | undefined {
  const volumes = retainedVolumes(view).filter(({ deleting }) => deleting)
  const names = [...view.pods.map(({ name }) => `Pod ${name}`), ...volumes.map(({ name }) => `PersistentVolumeClaim ${name}`)]
  return names.length === 0 ? undefined : names.join(', ')
}

function verify(view: ClusterView, source: DataSource, restore: Extract<RestoreFacts, { stage: 'source' }>, file: SourceFile): Decision {
  const result = resultOf(restore.verification)
  const asked = askedFor(view.cluster, file)
  if (result?.result === 'Verified' && restore.verification.asked === asked) {
    const { claimName, path } = file
    const verified = {
      source: sourceInWords(source),
      claimName,
      path,
      snapshot: result.snapshot,
      ...(result.authEnabled ? { authEnabled: true as const } : {}),
    }
    return whyNot(view, verified) ?? freeze(view, verified)
  }
  const job = verifyJobName(view.cluster)
  return runJob(restore.verification, restore.agentImage, {
    job,
    reason: 'VerifyingBackup',
    message: `reading ${sourceInWords(source)} before anything is made from it`,
    create: (image) => ({ do: 'CreateVerifyJob', job, file, needs: { image, mounts: restore.mounts } }),
    asked,
  })
}

/** The spec may have been changed since the file was read. */
function whyNot({ cluster }: ClusterView, { snapshot, authEnabled }: VerifiedSnapshot): Decision | undefined {
  const unreadable = whyNotOpen(snapshot.storageVersion, cluster.spec.version)
  if (unreadable !== undefined) return block(unreadable.reason, unreadable.message)
  const plain = authEnabled ? whyNotWithAuth(beginsWith(cluster), cluster.spec.tls.clientCertificates) : undefined
  if (plain !== undefined) return block('AuthNeedsTls', plain)
  const quota = effectiveQuotaBytes(cluster)
  if (snapshot.size < quota) return undefined
  // etcd compares the size of its database file, unused pages included, with the quota: above it etcd refuses every write.
  return block(
    'InvalidSpec',
    `the backup has ${formatBytes(snapshot.size)}, and etcd would raise its NOSPACE alarm at ${formatBytes(quota)}: set spec.etcd.quotaBackendBytes above that, and spec.storage.size to more than twice as much`,
  )
}

function freeze({ cluster }: ClusterView, { claimName, path, snapshot }: VerifiedSnapshot): Decision {
  const { storageVersion: _storageVersion, ...facts } = snapshot
  return step('RestoringData', `beginning with ${path} of volume ${claimName}, revision ${snapshot.revision}`, {
    do: 'FreezeBootstrap',
    size: 1,
    // Safety: a restored cluster has a token of its own, so it is neither the cluster of the backup nor an earlier cluster of its name.
    token: `${cluster.metadata.name}-${cluster.metadata.uid}-0`,
    incarnation: firstIncarnation(cluster),
    begins: { as: 'restored', from: { claimName, path, ...facts, bump: String(revisionBump) } },
    ...frozenTls(beginsWith(cluster)),
  })
}

/** Writes the data onto the first member's volume; undefined once it lies there. */
export function fillVolume(view: ClusterView, from: RestoredFrom): Decision | undefined {
  const { restore } = view
  const member = memberName(view.cluster, 0)
  // The member's config is written only after its data was, so an existing config means that the volume is filled.
  if (restore?.stage !== 'data' || configOf(view, member) !== undefined) return undefined
  return createVolume(view, member) ?? writeData(view, restore, member, from)
}

function createVolume(view: ClusterView, member: string): Decision | undefined {
  const found = volumeOf(view, member)
  const volume = volumeName(member)
  if (found?.deleting) return wait('WaitingForDeletion', `${volume} is being deleted, and is recreated after that`, 1000, { member })
  if (found !== undefined) return undefined
  return step('RestoringData', `creating the volume of ${member}`, { do: 'CreateVolume', member, volume })
}

function writeData(
  view: ClusterView,
  { run, agentImage, mounts }: Extract<RestoreFacts, { stage: 'data' }>,
  member: string,
  from: RestoredFrom,
): Decision | undefined {
  // Safety: the agent compared what was written with what was verified, and renamed the folder: it is whole or it isn't there.
  if (resultOf(run)?.result === 'Published') return undefined
  const job = restoreJobName(view.cluster)
  const decision = runJob(run, agentImage, {
    job,
    reason: 'RestoringData',
    message: `writing the backup onto the volume of ${member}`,
    create: (image) => ({ do: 'CreateRestoreJob', job, member, from, needs: { image, mounts } }),
    asked: askedFor(view.cluster, from),
  })
  const isStuck = decision.kind === 'wait' && isVolumeConflict(decision.message)
  return isStuck ? notCoLocatable(member, from, decision.message) : decision
}

function notCoLocatable(member: string, { claimName }: RestoredFrom, words: string): Decision {
  return block(
    'VolumesNotCoLocatable',
    `no node on which ${member} may run can mount both ${claimName}, which holds the backup, and ${volumeName(member)}: copy the file to a claim that can be mounted there, loosen spec.pod, delete a retained ${volumeName(member)} if its data is not needed, or restore under another name (${words})`,
    { member },
  )
}

/**
 * Whether the first member serves what was verified. Asked before the cluster ID is pinned: until then no Service leads
 * clients to it, so that nobody has written.
 */
export function compareRestored(view: ClusterView, from: RestoredFrom): Decision | undefined {
  const { restore } = view
  const member = memberName(view.cluster, 0)
  const about = { member, next: 'PinCluster' } as const
  if (restore?.stage !== 'member') return wait('RestoringData', `looking at ${member} again`, 500, about)
  if (!restore.count.known) return wait('RestoringData', `counting the keys of ${member}: ${restore.count.why}`, 500, about)
  // Safety: a Job that went on could write the backup onto a volume that was lost after clients had written.
  const busy = restore.used.find(({ run }) => run.job.state === 'ours' && run.job.value.state === 'running')
  if (busy !== undefined) return awaitEnd(busy, about)
  const count = restore.count.value
  switch (count.state) {
    case 'compacted':
      // The agent has compared the keys in the file. Since then some keys have expired, and etcd has compacted the revision.
      return takeAlarmBack(view, member)
    case 'ahead':
      return differs(member, `has not come to revision ${restoredRevision(from)}`)
    case 'counted':
      return count.keys === from.liveKeys
        ? takeAlarmBack(view, member)
        : differs(member, `has ${count.keys} keys, and the backup ${from.liveKeys}`)
  }
}

/** The snapshot of a cluster that had reached its quota contains the NOSPACE alarm; a larger quota alone does not disarm it. */
function takeAlarmBack(view: ClusterView, member: string): Decision | undefined {
  const answer = answerOf(view, member)
  if (answer === undefined || !isOutOfSpace(view)) return undefined
  const quota = effectiveQuotaBytes(view.cluster, smallestVolumeBytes(view))
  if (answer.dbBytes >= quota)
    return block(
      'NoSpace',
      `${member} has ${formatBytes(answer.dbBytes)} of data, and etcd takes no writes from ${formatBytes(quota)} on; nobody has written to it: delete this EtcdCluster and restore with a larger spec.etcd.quotaBackendBytes`,
      { member },
    )
  // Safety: the data is smaller than the quota, nobody has written yet, and etcd raises the alarm again with the first write that
  // would exceed the quota.
  return step('RestoringData', `disarming the NOSPACE alarm that ${member} has from the backup: its data fits the quota`, {
    do: 'DisarmNoSpace',
    member,
    id: answer.memberId,
  })
}

function awaitEnd({ job, run }: NamedRun, about: { readonly member: string; readonly next: 'PinCluster' }): Decision {
  const life = lifeOf(run)
  const trouble = 'trouble' in life ? life.trouble : undefined
  if (trouble !== undefined) return wait(trouble.reason, trouble.message, 2000, about)
  return wait('RestoringData', `waiting for Job ${job} to end`, 500, about)
}

/**
 * Deletes a Job whose pod runs on after its agent has exited, because of a container that somebody injects into all pods: the pod
 * holds a volume that the next Job, or the first member, may need on another node.
 */
export function endOutlived({ restore }: ClusterView): Decision | undefined {
  if (restore === undefined || restore.stage === 'source') return undefined
  for (const { job, run } of restore.used) {
    if (run.job.state !== 'ours' || run.job.deleting || run.job.value.state !== 'running' || !run.pods.some(isOutlived)) continue
    // Safety: what it reported has been used: what was verified stands in the status, what was written has the config of its member.
    return step('RestoringData', `${jobWords.outlived(job)}; deleting the Job`, { do: 'DeleteJob', job, uid: run.job.uid })
  }
  return undefined
}

function differs(member: string, what: string): Decision {
  return block(
    'RestoredDataDiffers',
    `${member} ${what}; nobody has written to it: delete this EtcdCluster and restore again, and report this`,
    { member },
  )
}

/** The number of restored keys, which is written into the status with the cluster ID. */
export function restoredKeys({ restore }: ClusterView): { readonly restoredKeys?: number } {
  const count = restore?.stage === 'member' && restore.count.known ? restore.count.value : undefined
  return count?.state === 'counted' ? { restoredKeys: count.keys } : {}
}
