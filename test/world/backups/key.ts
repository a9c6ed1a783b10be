import { oncePer } from '../once-per.ts'
import { isRefused } from './calls.ts'
import type { Volume } from './volume.ts'
import type { Wishes, World } from './world.ts'

/** A text that is equal for worlds in which the same can happen: uids and files are told by where they stand. */
export function keyOf(world: World): string {
  const { wishes, jobs, pods, volume, pending } = world
  const names = new Map<string, string>()
  for (const [index, { metadata }] of wishes.backups.entries()) names.set(metadata.uid, String(index))
  const uidKey = (uid: string): string => {
    const known = names.get(uid) ?? String.fromCharCode(97 + names.size)
    names.set(uid, known)
    return known
  }
  const jobKeys = new Map(jobs.map((job, index) => [job.uid, String(index)]))
  const fileKeys = new Map<number, string>()
  const parts = [
    wishesKey(wishes),
    jobs.map((job) =>
      [
        job.name,
        uidKey(job.owner.uid),
        job.state.charAt(0),
        job.failure?.charAt(0),
        job.task === 'delete' ? job.endedAt : '',
        job.state === 'running' ? job.deadline : '',
        job.triesLeft,
        job.deleting,
      ].join(),
    ),
    volume === undefined ? '' : volumeKey(volume, uidKey, fileKeys),
    pods.map(({ job, owner, process, result, exitCode, counted }) => {
      const reason = result?.result === 'Failed' ? result.reason : result?.result
      const doing = process && `${process.at}${fileKeys.get(process.ours ?? -1) ?? ''}${process.toRemove?.join()}`
      return [jobKeys.get(job) ?? '-', uidKey(owner.uid), doing, reason, exitCode, counted].join()
    }),
    [...new Set(Object.values(world.runs))].toSorted().join(),
    world.faultsLeft,
    pending === undefined ? '' : `${pending.text}${isRefused(world, pending.call)}`,
  ]
  return parts.map((part) => (typeof part === 'object' ? part.join(';') : part)).join('|')
}

/** Whatever is written is written from these; when a condition came about is told by nothing. */
const wishesKey = oncePer(({ now, aheadMs, schedule, backups, reading }: Wishes) => {
  const { conditions, ...status } = schedule?.status ?? {}
  return [
    now,
    aheadMs,
    schedule === undefined ? '-' : JSON.stringify(status) + conditions?.map((one) => one.status + one.reason).join(),
    backups
      .map(({ metadata, spec, status: own }) =>
        [
          metadata.name,
          metadata.creationTimestamp,
          metadata.deletionTimestamp !== undefined,
          metadata.finalizers?.length,
          spec.deletionPolicy,
          own?.phase,
          own?.startTime,
          own?.conditions?.map((one) => one.status + one.reason + one.message).join(),
        ].join(),
      )
      .join(';'),
    reading && backups.findIndex(({ metadata }) => metadata.uid === reading.metadata.uid),
  ].join('/')
})

function volumeKey({ names, earlier, files, deleting }: Volume, uidKey: (uid: string) => string, fileKeys: Map<number, string>): string {
  const fileKey = (id: number): string => {
    const known = fileKeys.get(id)
    if (known !== undefined) return known
    const key = String.fromCharCode(65 + fileKeys.size)
    fileKeys.set(id, key)
    const file = files[id]
    if (file === undefined) return key
    return `${key}=${uidKey(file.of)}${file.content.charAt(0)}${file.synced ? '' : '~'}${file.describes === undefined ? '' : `>${fileKey(file.describes)}`}`
  }
  const moments = [names, ...earlier].map((moment) =>
    Object.entries(moment)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, id]) => `${name}:${fileKey(id)}`)
      .join(),
  )
  return `${deleting ? 'D' : ''}${moments.join('<')}`
}
