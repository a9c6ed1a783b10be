import type { EtcdBackupSchedule } from '../../api/backups.ts'
import { longestGapMs, problemOf } from '../../model/schedule/cron.ts'

/** What the metrics tell of a schedule. */
export interface ScheduleFigures {
  readonly labels: { readonly namespace: string; readonly etcd_cluster: string; readonly schedule: string }
  /** It makes no backups before a person acts. */
  readonly isStalled: boolean
  /** The longest time between two runs, milliseconds; undefined while it is suspended, and where it can't be read. */
  readonly intervalMs: number | undefined
}

export function scheduleFigures({ metadata, spec, status }: EtcdBackupSchedule): ScheduleFigures {
  return {
    labels: { namespace: metadata.namespace, etcd_cluster: spec.cluster, schedule: metadata.name },
    isStalled: status?.conditions?.some(({ type, status: is }) => type === 'Stalled' && is === 'True') === true,
    intervalMs: spec.suspend || problemOf(spec) !== undefined ? undefined : longestGapMs(spec),
  }
}
