import type { EtcdBackupSchedule } from '../../api/backups.ts'
import { backupFamilies } from './catalogue/backups.ts'
import { labelsOf, type OfCluster } from './of-cluster.ts'
import type { MetricsRegistry, Series } from './registry.ts'
import { lastRestores, type RestoreFigures, restoresByPhase } from './restore-series.ts'
import { type ScheduleFigures, scheduleFigures } from './schedule-figures.ts'

export interface BackupMetrics {
  backupDone(of: OfCluster, durationMs: number): void
  backupFailed(of: OfCluster): void
  /** The cluster's failures are counted from now on. */
  clusterKnown(of: OfCluster): void
  /** Asked at every scrape, so that deleted backups are forgotten. */
  newestBackupsFrom(source: () => readonly NewestBackup[]): void
  /** Asked at every scrape. */
  restoresFrom(source: () => readonly RestoreFigures[]): void
  /** The status of a schedule; `missed` is how many runs this pass found that could not begin in time. */
  scheduleObserved(schedule: EtcdBackupSchedule, missed: number): void
  forgetSchedule(namespace: string, schedule: string): void
  forget(of: OfCluster): void
}

/** The newest verified backup of a cluster. */
export interface NewestBackup extends OfCluster {
  /** The time of its data, milliseconds since the epoch. */
  readonly takenAt: number
  readonly bytes: number
}

export function backupMetrics(registry: MetricsRegistry): BackupMetrics {
  let newest: () => readonly NewestBackup[] = () => []
  let restores: () => readonly RestoreFigures[] = () => []
  const schedules = new Map<string, ScheduleFigures>()
  const durations = registry.histogram(backupFamilies.duration)
  const failures = registry.counter(backupFamilies.failures)
  const missed = registry.counter(backupFamilies.missed)
  registry.computed(backupFamilies.lastSuccess, () => newest().map((one) => [labelsOf(one), one.takenAt / 1000] as const))
  registry.computed(backupFamilies.size, () => newest().map((one) => [labelsOf(one), one.bytes] as const))
  registry.computed(backupFamilies.interval, () =>
    [...schedules.values()].flatMap(({ labels, intervalMs }): readonly Series[] =>
      intervalMs === undefined ? [] : [[labels, intervalMs / 1000]],
    ),
  )
  registry.computed(backupFamilies.stalled, () =>
    [...schedules.values()].map(({ labels, isStalled }) => [labels, Number(isStalled)] as const),
  )
  registry.computed(backupFamilies.restores, () => restoresByPhase(restores()))
  registry.computed(backupFamilies.lastRestore, () => lastRestores(restores()))

  function forgetSchedule(key: string): void {
    const known = schedules.get(key)
    schedules.delete(key)
    if (known !== undefined) missed.remove({ ...known.labels })
  }
  return {
    backupDone: (of, durationMs) => durations.observe(labelsOf(of), durationMs / 1000),
    backupFailed: (of) => failures.inc(labelsOf(of)),
    // There from the start: increase() doesn't see a counter's first value.
    clusterKnown: (of) => failures.inc(labelsOf(of), 0),
    newestBackupsFrom(source) {
      newest = source
    },
    restoresFrom(source) {
      restores = source
    },
    scheduleObserved(schedule, missedRuns) {
      const key = `${schedule.metadata.namespace}/${schedule.metadata.name}`
      const before = schedules.get(key)
      // spec.cluster may change.
      if (before !== undefined && before.labels.etcd_cluster !== schedule.spec.cluster) forgetSchedule(key)
      const figures = scheduleFigures(schedule)
      schedules.set(key, figures)
      missed.inc({ ...figures.labels }, missedRuns)
    },
    forgetSchedule: (namespace, schedule) => forgetSchedule(`${namespace}/${schedule}`),
    forget(of) {
      for (const metric of [failures, durations]) metric.remove(labelsOf(of))
    },
  }
}
