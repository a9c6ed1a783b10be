import type { Alert } from './alert.ts'
import { backupAlerts } from './alerts/backups.ts'
import { certificateAlerts } from './alerts/certificates.ts'
import { databaseAlerts } from './alerts/database.ts'
import { operatorAlerts } from './alerts/operator.ts'
import { servingAlerts } from './alerts/serving.ts'
import { workAlerts } from './alerts/work.ts'

/** All alerts in groups, in the order in which a person should read them. */
export const alertGroups: Readonly<Record<string, readonly Alert[]>> = {
  'etcd-clusters': servingAlerts,
  'etcd-databases': databaseAlerts,
  'etcd-backups': backupAlerts,
  'etcd-certificates': certificateAlerts,
  'etcd-work': workAlerts,
  'etcd-operator': operatorAlerts,
}

export const alerts: readonly Alert[] = Object.values(alertGroups).flat()
