import type { EtcdBackup } from '../../../src/api/backups.ts'
import { label } from '../../../src/api/labels.ts'
import { isVerified } from '../../../src/model/backup/backups.ts'
import { isTerminal } from '../../../src/model/terminal.ts'
import type { Process } from './agent.ts'
import type { Call } from './calls.ts'
import { holdsAnythingOf, isStored, named, pathsOf, type Volume } from './volume.ts'
import { backupByUid, isLiving, type World } from './world.ts'

/** What must hold at every moment; each broken one is a line. */
export function brokenNow(world: World): readonly string[] {
  return [...filesBroken(world), ...crowds(world)]
}

/** What is said to be completed, or is read by a restore, is whole and outlives a crash. */
function* filesBroken({ wishes: { backups, reading }, volume }: World): Generator<string> {
  if (volume === undefined) return
  for (const { metadata, status } of backups)
    if (status?.phase === 'Completed' && metadata.deletionTimestamp === undefined && !isStored(volume, metadata.name, metadata.uid))
      yield `${metadata.name} is Completed, and its file or its manifest is not whole and durable`
  if (reading !== undefined && !isStored(volume, reading.metadata.name, reading.metadata.uid))
    yield `the file of ${reading.metadata.name} is gone while a restore reads it`
}

function* crowds({ wishes, pods }: World): Generator<string> {
  const underWay = wishes.backups.filter((backup) => backup.metadata.labels?.[label.schedule] !== undefined && !isTerminal(backup))
  if (underWay.length > 1) yield `${names(underWay)} of one schedule are under way at once`
  const writing = pods.filter((pod) => pod.task === 'backup' && isLiving(pod)).map(({ owner }) => owner.name)
  if (new Set(writing).size < writing.length) yield `two agents write the files of ${writing.join(', ')} at once`
}

/** What a call must not have done, judged by the world that it met. What one changed that lands late was not there to be seen. */
export function brokenBy(call: Call, before: World, after: World, isLate: boolean): readonly string[] {
  const changed = before.wishes.backups.flatMap((backup) => {
    const now = backupByUid(after, backup.metadata.uid)
    const isChanged = isTerminal(backup) && now !== undefined && now.status?.phase !== backup.status?.phase
    return isChanged ? [`${backup.metadata.name} was ${backup.status?.phase} and became ${now.status?.phase}`] : []
  })
  return [...changed, ...callBroken(call, before, isLate)]
}

function callBroken(call: Call, world: World, isLate: boolean): readonly string[] {
  switch (call.do) {
    case 'create EtcdBackup': {
      const twin = world.wishes.backups.find(({ metadata }) => world.runs[metadata.name] === call.time)
      return twin === undefined ? [] : [`the run of ${twin.metadata.name} was made twice`]
    }
    case 'delete EtcdBackup':
      return isLate ? [] : removalBroken(world, call.uid)
    case 'remove finalizer':
      return letGoBroken(world, call.uid)
    default:
      return []
  }
}

/** The newest verified backup stays, and one that something reads. */
function removalBroken({ wishes: { schedule, backups, reading } }: World, uid: string): readonly string[] {
  const verified = backups.filter((backup) => isVerified(backup) && backup.metadata.deletionTimestamp === undefined)
  const newest = verified.at(-1)?.metadata
  return [
    ...(newest?.uid === uid ? [`${newest.name}, the newest verified backup, was removed`] : []),
    ...(reading?.metadata.uid === uid ? [`${reading.metadata.name} was removed while a restore read it`] : []),
    ...(schedule === undefined ? ['a backup of a deleted schedule was removed'] : []),
  ]
}

function letGoBroken(world: World, uid: string): readonly string[] {
  const backup = backupByUid(world, uid)
  // With its claim goes everything that is on it.
  if (backup === undefined || world.volume === undefined || world.volume.deleting || backup.spec.deletionPolicy !== 'Delete') return []
  const { name } = backup.metadata
  return [
    ...(holdsAnythingOf(world.volume, uid) ? [`${name} was let go, and its file is still there`] : []),
    ...(world.pods.some((pod) => pod.owner.uid === uid && pod.task === 'backup' && isLiving(pod))
      ? [`${name} was let go while its file is written`]
      : []),
  ]
}

/** What a step of the agent must not have done to files of others. */
export function brokenByAgent({ uid, backup }: Process, before: Volume, after: Volume): readonly string[] {
  const { file, manifest } = pathsOf(backup)
  return [file, manifest].flatMap((name) => {
    const owner = named(before, name)?.of
    const isOthers = owner !== undefined && owner !== uid
    return isOthers && after.names[name] !== before.names[name] ? [`${name}, which ${owner} wrote, was taken away by ${uid}`] : []
  })
}

function names(backups: readonly EtcdBackup[]): string {
  return backups.map(({ metadata }) => metadata.name).join(' and ')
}
