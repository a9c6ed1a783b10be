import type { EtcdBackup, EtcdBackupScheduleStatus, EtcdBackupStatus } from '../../../src/api/backups.ts'
import { storedBackupFinalizer } from '../../../src/api/labels.ts'
import { scheduledBackup } from '../../../src/objects/scheduled-backup.ts'
import { brokenBy } from './invariants.ts'
import { backupByUid, changeBackup, deleteBackup, type Job, type World, withBackup, withJob } from './world.ts'

/** One request to the API server, with its preconditions: uids and resourceVersions as they were seen. */
export type Call =
  | { readonly do: 'create EtcdBackup'; readonly name: string; readonly time: number }
  | { readonly do: 'delete EtcdBackup'; readonly uid: string; readonly seen: string }
  | { readonly do: 'write schedule status'; readonly status: EtcdBackupScheduleStatus; readonly seen: string }
  | { readonly do: 'write backup status'; readonly uid: string; readonly status: EtcdBackupStatus; readonly seen: string }
  | { readonly do: 'add finalizer'; readonly uid: string; readonly seen: string }
  | { readonly do: 'remove finalizer'; readonly uid: string; readonly seen: string }
  | { readonly do: 'create Job'; readonly job: NewJob }
  | { readonly do: 'delete Job'; readonly uid: string }

export type NewJob = Omit<Job, 'uid' | 'deadline'> & { readonly lastsMs: number }

/** What the API server guarantees; without it for controls. */
export interface Guarantees {
  readonly comparesVersions: boolean
  /** A Job stays until its pods have ended. */
  readonly deletesInForeground: boolean
}

export const asKubernetesDoes: Guarantees = { comparesVersions: true, deletesInForeground: true }

/** What becomes of the world when the call lands; the same world when the API server refuses it. */
export function land(
  world: World,
  call: Call,
  guarantees: Guarantees,
  isLate = false,
): { readonly to: World; readonly violations: readonly string[] } {
  const to = isRefused(world, call, guarantees) ? world : carryOut(world, call, guarantees)
  return { to, violations: to === world ? [] : brokenBy(call, world, to, isLate) }
}

/** Whether what the call was decided on has changed. */
export function isRefused(world: World, call: Call, { comparesVersions }: Guarantees = asKubernetesDoes): boolean {
  switch (call.do) {
    case 'create EtcdBackup':
      return world.wishes.backups.some(({ metadata }) => metadata.name === call.name)
    case 'create Job':
      return world.jobs.some(({ name }) => name === call.job.name)
    case 'delete Job':
      return world.jobs.find(({ uid }) => uid === call.uid)?.deleting !== false
    case 'write schedule status': {
      const { schedule } = world.wishes
      return schedule === undefined || (comparesVersions && schedule.metadata.resourceVersion !== call.seen)
    }
    default: {
      const backup = backupByUid(world, call.uid)
      return backup === undefined || (comparesVersions && backup.metadata.resourceVersion !== call.seen)
    }
  }
}

function carryOut(world: World, call: Call, { deletesInForeground }: Guarantees): World {
  switch (call.do) {
    case 'create EtcdBackup': {
      const { schedule } = world.wishes
      const next = schedule === undefined ? world : withBackup(world, scheduledBackup(schedule, call.name))
      return { ...next, runs: { ...world.runs, [call.name]: call.time } }
    }
    case 'delete EtcdBackup':
      return deleteBackup(world, call.uid)
    case 'write schedule status':
      return withScheduleStatus(world, call.status)
    case 'write backup status':
      return changeBackup(world, call.uid, (backup) => ({ ...backup, status: call.status }))
    case 'add finalizer':
      return changeBackup(world, call.uid, (backup) => withFinalizers(backup, [storedBackupFinalizer]))
    case 'remove finalizer':
      return changeBackup(world, call.uid, (backup) => withFinalizers(backup, []))
    case 'create Job':
      return withNewJob(world, call.job)
    case 'delete Job': {
      const job = world.jobs.find(({ uid }) => uid === call.uid)
      if (job === undefined) return world
      return deletesInForeground
        ? withJob(world, { ...job, deleting: true })
        : { ...world, jobs: world.jobs.filter((other) => other !== job) }
    }
  }
}

function withNewJob(world: World, { lastsMs, ...job }: NewJob): World {
  const created = { ...job, uid: `j${world.serial}`, deadline: world.wishes.now + lastsMs }
  return { ...world, jobs: [...world.jobs, created], serial: world.serial + 1 }
}

function withScheduleStatus(world: World, status: EtcdBackupScheduleStatus): World {
  const { wishes, serial } = world
  if (wishes.schedule === undefined) return world
  const metadata = { ...wishes.schedule.metadata, resourceVersion: String(serial) }
  return { ...world, wishes: { ...wishes, schedule: { ...wishes.schedule, metadata, status } }, serial: serial + 1 }
}

function withFinalizers(backup: EtcdBackup, finalizers: readonly string[]): EtcdBackup {
  return { ...backup, metadata: { ...backup.metadata, finalizers } }
}
