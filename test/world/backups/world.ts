import type { EtcdBackup, EtcdBackupSchedule } from '../../../src/api/backups.ts'
import { label } from '../../../src/api/labels.ts'
import type { AgentResult } from '../../../src/model/agent/task.ts'
import { rfc3339 } from '../../../src/model/rfc3339.ts'
import { runsBetween } from '../../../src/model/schedule/cron.ts'
import { scheduledBackup } from '../../../src/objects/scheduled-backup.ts'
import { anEtcdBackupSchedule, at } from '../../builders/a-schedule.ts'
import type { Process } from './agent.ts'
import type { Call } from './calls.ts'
import { create, emptyVolume, pathsOf, type Volume } from './volume.ts'

/**
 * A small model of the world of one schedule, as plain values: the objects as the API server has them, the agent's Jobs and
 * pods, and the volume that they write to. The cluster runs and is backed up by whoever asks. Every change makes a new value.
 */
export interface World {
  readonly wishes: Wishes
  readonly jobs: readonly Job[]
  readonly pods: readonly Pod[]
  /** Undefined: its claim is gone. */
  readonly volume: Volume | undefined
  /** A call of the operator's that is under way. */
  readonly pending: { readonly call: Call; readonly text: string } | undefined
  /** Scheduled times that a backup was made for, by its name; also those of backups that are gone. */
  readonly runs: Readonly<Record<string, number>>
  /** Faults that may still happen. */
  readonly faultsLeft: number
  /** Makes uids and resourceVersions; says nothing by itself. */
  readonly serial: number
}

/** What people and the operator wrote, and the time. One value, because much is worked out from nothing else. */
export interface Wishes {
  /** Clock of the API server; milliseconds since the epoch. */
  readonly now: number
  /** How much later the operator believes it to be. */
  readonly aheadMs: number
  readonly schedule: EtcdBackupSchedule | undefined
  /** In the order of their creation. */
  readonly backups: readonly EtcdBackup[]
  /** The backup that a restore reads. */
  readonly reading: EtcdBackup | undefined
}

export interface Job {
  readonly uid: string
  readonly name: string
  readonly task: 'backup' | 'delete'
  /** The EtcdBackup that it works for. */
  readonly owner: { readonly name: string; readonly uid: string }
  readonly state: 'running' | 'succeeded' | 'failed'
  readonly failure: 'PodFailurePolicy' | 'BackoffLimitExceeded' | 'DeadlineExceeded' | undefined
  readonly endedAt: number | undefined
  /** By the clock of the API server. */
  readonly deadline: number
  readonly triesLeft: number
  readonly deleting: boolean
}

export interface Pod {
  readonly uid: string
  readonly job: string
  readonly task: Job['task']
  readonly owner: Job['owner']
  /** Undefined: it has ended. */
  readonly process: Process | undefined
  /** Its last word, if it had the time for one. */
  readonly result: AgentResult | undefined
  readonly exitCode: number | undefined
  /** The Job controller has seen that it ended. */
  readonly counted: boolean
}

export function aWorld(changes: Partial<World> = {}, wishes: Partial<Wishes> = {}): World {
  return {
    wishes: { now: at('09:55'), aheadMs: 0, schedule: undefined, backups: [], reading: undefined, ...wishes },
    jobs: [],
    pods: [],
    volume: emptyVolume,
    pending: undefined,
    runs: {},
    faultsLeft: 1,
    serial: 100,
    ...changes,
  }
}

/** A schedule with so many runs ahead of it, from 10:00 on and then none for a year. It keeps one backup. */
export function aScheduledWorld(runs: 2 | 3, changes: Partial<World> = {}): World {
  const schedule = anEtcdBackupSchedule({ schedule: `${runs === 2 ? '0,15' : '0,15,30'} 10 21 11 *`, retention: { keepLast: 1 } })
  const created = { ...schedule, metadata: { ...schedule.metadata, creationTimestamp: rfc3339(at('09:50')) } }
  return aWorld(changes, { schedule: created })
}

export function runTimesOf(schedule: EtcdBackupSchedule): readonly number[] {
  return runsBetween(schedule.spec, at('09:50'), at('11:00'), 3)
}

/** Somebody made one backup, `b1`, by hand. */
export function aWorldWithBackup(deletionPolicy: 'Retain' | 'Delete', changes: Partial<World> = {}): World {
  return withBackup(aWorld(changes), aBackup('b1', deletionPolicy))
}

type NewBackup = Pick<EtcdBackup, 'spec'> & {
  readonly metadata: Pick<EtcdBackup['metadata'], 'name' | 'namespace'> & { readonly labels?: Readonly<Record<string, string>> }
}

/** As a person writes it. */
export function aBackup(name: string, deletionPolicy: 'Retain' | 'Delete'): NewBackup {
  const { spec } = scheduledBackup(anEtcdBackupSchedule(), name)
  return { metadata: { name, namespace: 'ns', labels: { [label.cluster]: 'demo' } }, spec: { ...spec, deletionPolicy } }
}

/** The API server takes it. */
export function withBackup(world: World, { metadata, spec }: NewBackup): World {
  const { wishes, serial } = world
  // Each takes longer than the second that tells them apart.
  const earlier = wishes.backups.map((backup) => Date.parse(backup.metadata.creationTimestamp) + 1000)
  const creationTimestamp = rfc3339(Math.max(wishes.now, ...earlier))
  const backup: EtcdBackup = {
    metadata: { ...metadata, uid: `u${serial}`, resourceVersion: String(serial), generation: 1, creationTimestamp },
    spec,
  }
  return { ...world, wishes: { ...wishes, backups: [...wishes.backups, backup] }, serial: serial + 1 }
}

/** Somebody else's file has the name that the backup's would get. */
export function withForeignFile(world: World, backup: string): World {
  const { file } = pathsOf(backup)
  const volume = create(world.volume ?? emptyVolume, file, { of: 'somebody else', content: 'whole', synced: true })
  return { ...world, volume: { ...volume, earlier: [] } }
}

/** Written by the API server: with a new resourceVersion, and gone when its deletion waits for nothing any more. */
export function changeBackup(world: World, uid: string, change: (backup: EtcdBackup) => EtcdBackup): World {
  const { wishes, serial } = world
  const backups = wishes.backups.flatMap((backup) => {
    if (backup.metadata.uid !== uid) return [backup]
    const changed = change(backup)
    const { deletionTimestamp, finalizers = [] } = changed.metadata
    if (deletionTimestamp !== undefined && finalizers.length === 0) return []
    return [{ ...changed, metadata: { ...changed.metadata, resourceVersion: String(serial) } }]
  })
  return { ...world, wishes: { ...wishes, backups }, serial: serial + 1 }
}

export function deleteBackup(world: World, uid: string): World {
  return changeBackup(world, uid, ({ metadata, ...rest }) => ({
    ...rest,
    metadata: { ...metadata, deletionTimestamp: metadata.deletionTimestamp ?? rfc3339(world.wishes.now) },
  }))
}

export function backupByUid(world: World, uid: string): EtcdBackup | undefined {
  return world.wishes.backups.find(({ metadata }) => metadata.uid === uid)
}

export function podsOf(world: World, job: Job): readonly Pod[] {
  return world.pods.filter((pod) => pod.job === job.uid)
}

export function isLiving(pod: Pod): boolean {
  return pod.process !== undefined
}

export function withJob(world: World, job: Job): World {
  return { ...world, jobs: world.jobs.map((other) => (other.uid === job.uid ? job : other)) }
}

export function withPod(world: World, pod: Pod): World {
  return { ...world, pods: world.pods.map((other) => (other.uid === pod.uid ? pod : other)) }
}

/** Wall clock of the operator. */
export function operatorsClock({ now, aheadMs }: Wishes): number {
  return now + aheadMs
}
