import { backupController } from './controllers/backup.ts'
import { clusterController } from './controllers/cluster.ts'
import { restoreController } from './controllers/restore.ts'
import { scheduleController } from './controllers/schedule.ts'
import type { Controller, Tools } from './controllers/tools.ts'
import { userController } from './controllers/user.ts'
import type { ControllerName } from './observe/watches/wakes.ts'

/**
 * All controllers. Each works the same way: a watch event only causes a pass (observe/watches/wakes.ts says which event wakes which
 * controller), and a pass over one object is
 *
 *   observe -> plan -> act -> report
 *
 * No pass needs anything from an earlier pass but what is stored in the cluster, so a restart after a crash is an ordinary start.
 */
export const controllers: readonly Declaration[] = [
  // EtcdCluster: bootstrap, membership, volumes, conditions.
  { name: 'cluster', create: clusterController, workers: 32 },
  // EtcdBackup: its Job, its result, the removal of its file.
  { name: 'backup', create: backupController, workers: 16 },
  // EtcdBackupSchedule: the runs that are due, retention.
  { name: 'schedule', create: scheduleController, workers: 16 },
  // EtcdRestore: verifying its file, the EtcdCluster that it creates and follows.
  { name: 'restore', create: restoreController, workers: 16 },
  // EtcdUser: its user, role and permissions in etcd, and its Secret.
  { name: 'user', create: userController, workers: 8 },
]

export interface Declaration {
  readonly name: ControllerName
  readonly create: (tools: Tools) => Controller
  /** Passes at once, each over another object. A pass mostly waits for answers, so that many cost little. */
  readonly workers: number
}
