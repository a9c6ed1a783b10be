import type { EtcdRestore } from '../../api/backups.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { annotation } from '../../api/labels.ts'
import type { AgentImage } from '../agent/image.ts'
import { type AgentRun, resultOf } from '../agent/run.ts'
import type { SnapshotFacts } from '../agent/task.ts'
import type { Mounts } from '../cluster/restore-facts.ts'
import type { Known } from '../known.ts'
import { type DataSource, parseSource, type SourceFacts } from './source.ts'
import { parseVerified } from './verified-snapshot.ts'

/** Everything that one pass knows about one EtcdRestore, as plain facts. */
export interface RestoreView {
  /** Wall clock of the operator, milliseconds since the epoch. */
  readonly now: number
  readonly restore: EtcdRestore
  /** The EtcdCluster of the desired name, whoever made it. */
  readonly cluster: EtcdCluster | undefined
  readonly source: SourceFacts
  /** Where the source can be mounted. */
  readonly mounts: Mounts
  /** The Job that reads the file from beginning to end before anything is made from it. */
  readonly verification: AgentRun
  readonly agentImage: Known<AgentImage>
}

export function sourceOf({ spec }: EtcdRestore): DataSource | undefined {
  return parseSource(spec.source)
}

/**
 * The EtcdCluster that this EtcdRestore created, by its annotation; any other EtcdCluster of that name, even a later one, is somebody
 * else's. A tool that replaces the whole object drops the annotation: then the cluster ID decides, which no two clusters share.
 */
export function madeCluster({ restore, cluster }: Pick<RestoreView, 'restore' | 'cluster'>): EtcdCluster | undefined {
  if (cluster?.metadata.annotations?.[annotation.restoreUid] === restore.metadata.uid) return cluster
  const { clusterID } = restore.status ?? {}
  return clusterID !== undefined && cluster?.status?.clusterID === clusterID ? cluster : undefined
}

/** The facts of the verified file: from the annotation of the EtcdCluster, or before that exists from the Job's result. */
export function snapshotOf(view: RestoreView): SnapshotFacts | undefined {
  const noted = parseVerified(madeCluster(view)?.metadata.annotations?.[annotation.verified])
  if (noted !== undefined) return noted.snapshot
  const result = resultOf(view.verification)
  return result?.result === 'Verified' ? result.snapshot : undefined
}
