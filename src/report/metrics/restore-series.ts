import { labelsOf, type OfCluster } from './of-cluster.ts'
import type { Series } from './registry.ts'

/** An EtcdRestore, which makes the cluster. */
export interface RestoreFigures extends OfCluster {
  readonly phase: string
  /** The cluster of the backup; undefined where it is not known. */
  readonly source: string | undefined
  /** Milliseconds since the epoch; undefined: it was not completed. */
  readonly completedAt: number | undefined
}

export function restoresByPhase(all: readonly RestoreFigures[]): readonly Series[] {
  const counts = new Map<string, Series>()
  for (const { phase, ...of } of all) {
    const key = `${of.namespace}/${of.cluster} ${phase}`
    counts.set(key, [{ ...labelsOf(of), phase }, (counts.get(key)?.[1] ?? 0) + 1])
  }
  return [...counts.values()]
}

/** When a backup of a cluster was restored last. */
export function lastRestores(all: readonly RestoreFigures[]): readonly Series[] {
  const last = new Map<string, Series>()
  for (const { namespace, source, completedAt } of all) {
    if (source === undefined || completedAt === undefined) continue
    const key = `${namespace}/${source}`
    last.set(key, [labelsOf({ namespace, cluster: source }), Math.max(completedAt / 1000, last.get(key)?.[1] ?? 0)])
  }
  return [...last.values()]
}
