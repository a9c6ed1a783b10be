import { backupController } from './controllers/backup.ts'
import { clusterController } from './controllers/cluster.ts'
import { restoreController } from './controllers/restore.ts'
import { scheduleController } from './controllers/schedule.ts'
import type { Controller, Tools } from './controllers/tools.ts'
import type { ControllerName } from './observe/watches/wakes.ts'

/**
 * Everything that the operator looks after. Each controller works the same way: watches only wake it (observe/watches/wakes.ts says
 * what wakes which), and a pass over one object is
 *
 *   observe -> plan -> act -> report
 *
 * Nothing that matters is kept between passes, so a crash anywhere is an ordinary start.
 */
export const controllers: readonly Declaration[] = [
  // EtcdCluster: bootstrap, membership, volumes, conditions.
  { name: 'cluster', create: clusterController, workers: 32 },
  // EtcdBackup: its Job, its result, the removal of its file.
  { name: 'backup', create: backupController, workers: 16 },
  // EtcdBackupSchedule: the runs that are due, retention.
  { name: 'schedule', create: scheduleController, workers: 16 },
  // EtcdRestore: the look at its file, the EtcdCluster that it makes and follows.
  { name: 'restore', create: restoreController, workers: 16 },
]

export interface Declaration {
  readonly name: ControllerName
  readonly create: (tools: Tools) => Controller
  /** Passes at once, each over another object. A pass mostly waits for answers, so that many cost little. */
  readonly workers: number
}
