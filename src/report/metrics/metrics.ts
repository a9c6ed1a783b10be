import { type BackupMetrics, backupMetrics } from './backup-metrics.ts'
import { type ClusterMetrics, clusterMetrics } from './cluster-metrics.ts'
import { type OwnWorkMetrics, ownWorkMetrics } from './own-work-metrics.ts'
import { createRegistry, type MetricsRegistry } from './registry.ts'
import { type UserMetrics, userMetrics } from './user-metrics.ts'

/** The operator's metrics; the catalogue says what each means. */
export interface Metrics extends ClusterMetrics, BackupMetrics, UserMetrics, Omit<OwnWorkMetrics, 'isLookedAfter'> {
  readonly registry: Pick<MetricsRegistry, 'contentType' | 'metrics'>
}

/** `version` is the operator's own. */
export function createMetrics(version: string): Metrics {
  const registry = createRegistry()
  const { isLookedAfter, ...ownWork } = ownWorkMetrics(registry, version)
  const clusters = clusterMetrics(registry, isLookedAfter)
  const backups = backupMetrics(registry)
  const users = userMetrics(registry)
  return {
    registry,
    ...ownWork,
    ...clusters,
    ...backups,
    ...users,
    clusterSeen(figures) {
      clusters.clusterSeen(figures)
      backups.clusterKnown({ namespace: figures.namespace, cluster: figures.name })
    },
    forget(of) {
      for (const part of [clusters, backups, users]) part.forget(of)
    },
  }
}
