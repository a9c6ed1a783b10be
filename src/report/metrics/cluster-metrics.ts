import { clusterFamilies } from './catalogue/clusters.ts'
import type { ClusterFigures } from './cluster-figures.ts'
import { clusterSeries } from './cluster-series.ts'
import { keyOf, labelsOf, type OfCluster } from './of-cluster.ts'
import type { MetricsRegistry } from './registry.ts'

export interface ClusterMetrics {
  /** What a pass saw. */
  clusterSeen(figures: ClusterFigures): void
  stepFailed(of: OfCluster, action: string): void
  /** The cluster is gone. */
  forget(of: OfCluster): void
}

/** `isLookedAfter`: of a namespace that the operator may not read any more it knows nothing. */
export function clusterMetrics(registry: MetricsRegistry, isLookedAfter: (namespace: string) => boolean): ClusterMetrics {
  const seen = new Map<string, ClusterFigures>()
  /** The failed actions of each cluster: their series are removed with the cluster. */
  const failedActions = new Map<string, Set<string>>()
  const failedSteps = registry.counter(clusterFamilies.stepFailures)
  for (const [family, series] of clusterSeries)
    registry.computed(family, function* () {
      for (const figures of seen.values()) if (isLookedAfter(figures.namespace)) yield* series(figures)
    })
  return {
    clusterSeen: (figures) => void seen.set(keyOf({ namespace: figures.namespace, cluster: figures.name }), figures),
    stepFailed(of, action) {
      const key = keyOf(of)
      failedActions.set(key, (failedActions.get(key) ?? new Set()).add(action))
      failedSteps.inc({ ...labelsOf(of), action })
    },
    forget(of) {
      const key = keyOf(of)
      seen.delete(key)
      for (const action of failedActions.get(key) ?? []) failedSteps.remove({ ...labelsOf(of), action })
      failedActions.delete(key)
    },
  }
}
