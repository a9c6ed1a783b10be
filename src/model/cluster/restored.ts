import type { RestoreSource } from '../../api/backups.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { AgentImage } from '../agent/image.ts'
import type { AgentRun } from '../agent/run.ts'
import type { Known } from '../known.ts'
import type { SourceFacts } from '../restore/source.ts'
import type { VerifiedSnapshot } from '../restore/verified-snapshot.ts'
import { pinnedClusterId } from './identity.ts'
import type { ClusterView } from './view.ts'

/** What a pass knows about the backup that a cluster begins with: only what the stage that it is in needs. */
export type RestoreFacts =
  /** Nothing is frozen yet: the file has to be found and read. */
  | {
      readonly stage: 'source'
      readonly facts: SourceFacts
      /** As the EtcdRestore that made this cluster found it; undefined for a cluster that a person made. */
      readonly handedOver: VerifiedSnapshot | undefined
      readonly verification: AskedRun
      readonly agentImage: Known<AgentImage>
      readonly mounts: Mounts
    }
  /** The first member has no pod: its volume has to be written. */
  | { readonly stage: 'data'; readonly run: AskedRun; readonly agentImage: Known<AgentImage>; readonly mounts: Mounts }
  /** It has one: its data has to be compared with the backup before anybody may write. */
  | { readonly stage: 'member'; readonly job: AgentRun['job']; readonly count: Known<RestoredCount> }

/** A Job, and what it was asked for: a name for the part of the spec that went into it, which may have been corrected since. */
export interface AskedRun extends AgentRun {
  readonly asked: string | undefined
}

/** Where the claim that holds the backup can be mounted. */
export interface Mounts {
  /** Whether all pods that mount it have to be on one node; `node` is where one of them is. */
  readonly oneNode: boolean
  readonly node: string | undefined
}

/**
 * What the first member answers about the revision that was restored.
 * - `counted`    so many keys are there
 * - `compacted`  the revision can't be read any more
 * - `ahead`      it has not come that far
 */
export type RestoredCount = { readonly state: 'counted'; readonly keys: number } | { readonly state: 'compacted' | 'ahead' }

/** The backup that a cluster is to begin with; an empty object names none. */
export function restoreSource(cluster: EtcdCluster): RestoreSource | undefined {
  const { restore } = cluster.spec.bootstrap
  return restore?.backup === undefined && restore?.volume === undefined ? undefined : restore
}

/** Whether the cluster began with a backup. Volumes of an earlier cluster of its name lie beside its own data then. */
export function isRestored({ cluster }: Pick<ClusterView, 'cluster'>): boolean {
  return cluster.status?.bootstrap?.restore !== undefined
}

/** Whether it is still being restored: nobody has written to it, and deleting it loses nothing. */
export function isBeingRestored(view: ClusterView): boolean {
  return isRestored(view) && pinnedClusterId(view) === undefined
}

/** The revision at which the restored keys are read: etcdutl raises that of the last entry, not the compacted one. */
export function restoredRevision({ lastEntry, bump }: { readonly lastEntry: string; readonly bump: string }): string {
  return String(BigInt(lastEntry) + BigInt(bump))
}
