import type { EtcdBackup, EtcdBackupSchedule, EtcdBackupScheduleStatus, EtcdRestore, RestoreSource } from '../../src/api/backups.ts'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import { label } from '../../src/api/labels.ts'
import { backupName } from '../../src/model/backup/backups.ts'
import { rfc3339 } from '../../src/model/rfc3339.ts'
import type { ScheduleView } from '../../src/model/schedule/view.ts'
import { anEtcdCluster, clusterId } from './a-cluster.ts'
import { withCrdDefaults } from './crd-defaults.ts'

/** Milliseconds of a time on the day that schedules are told from: `at('10:15')`, `at('10:15:30')`. */
export function at(time: string, day = '2026-11-21'): number {
  return Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}Z`)
}

/** An EtcdBackupSchedule as the API server returns it; created at nine o'clock. */
export function anEtcdBackupSchedule(
  spec: Partial<EtcdBackupSchedule['spec']> = {},
  status?: EtcdBackupScheduleStatus,
): EtcdBackupSchedule {
  return withCrdDefaults('etcdbackupschedules', {
    metadata: {
      name: 'often',
      namespace: 'ns',
      uid: 'uid-often',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: rfc3339(at('09:00')),
    },
    spec: { cluster: 'demo', schedule: '*/15 * * * *', storage: { volume: { claimName: 'backups' } }, ...spec },
    ...(status ? { status } : {}),
  })
}

interface BackupWish {
  readonly name?: string
  /** When the API server created it. */
  readonly created?: number
  readonly phase?: 'Pending' | 'Running' | 'Completed' | 'Failed'
  readonly clusterID?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly verified?: 'Passed' | 'Failed'
  readonly deleting?: boolean
}

/** The EtcdBackup that the schedule made for a scheduled time; completed and verified unless it is said otherwise. */
export function aBackupOf(schedule: EtcdBackupSchedule, time: number, wish: BackupWish = {}): EtcdBackup {
  const name = wish.name ?? backupName(schedule, time)
  const { phase = 'Completed', created = time, verified = 'Passed' } = wish
  return withCrdDefaults('etcdbackups', {
    metadata: {
      name,
      namespace: 'ns',
      uid: `uid-${name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: rfc3339(created),
      labels: wish.labels ?? { [label.schedule]: schedule.metadata.name },
      ...(wish.deleting ? { deletionTimestamp: rfc3339(created) } : {}),
    },
    spec: { cluster: schedule.spec.cluster, storage: schedule.spec.storage, deletionPolicy: 'Delete' },
    status: {
      phase,
      startTime: rfc3339(time),
      ...(phase === 'Completed'
        ? {
            location: `demo/${name}.db`,
            clusterID: wish.clusterID ?? clusterId,
            revision: '7',
            completionTime: rfc3339(time + 5000),
            verified: { time: rfc3339(time + 5000), result: verified },
          }
        : {}),
    },
  })
}

export function anEtcdRestore(source: RestoreSource, phase?: 'Verifying' | 'Restoring' | 'Completed' | 'Failed'): EtcdRestore {
  return withCrdDefaults('etcdrestores', {
    metadata: { name: 'r', namespace: 'ns', uid: 'uid-r', resourceVersion: '1', generation: 1, creationTimestamp: rfc3339(at('09:00')) },
    spec: { source, cluster: 'demo2' },
    ...(phase ? { status: { phase } } : {}),
  })
}

/** A pinned cluster with a schedule; nothing has been made yet. */
export function aScheduleView(now: number, changes: Partial<Omit<ScheduleView, 'now'>> = {}): ScheduleView {
  const cluster: EtcdCluster = anEtcdCluster({}, { clusterID: clusterId })
  return { now, schedule: anEtcdBackupSchedule(), cluster, otherClusters: [], backups: [], ...changes }
}
