import type { AgentImage } from '../agent/image.ts'
import type { AgentRun } from '../agent/run.ts'
import type { Known } from '../known.ts'
import type { SourceFacts } from '../restore/source.ts'
import type { VerifiedSnapshot } from '../restore/verified-snapshot.ts'

/** The facts of a pass about the backup that a cluster begins with: only those that the present stage needs. */
export type RestoreFacts =
  /** Nothing is frozen yet: the file has to be found and read. */
  | {
      readonly stage: 'source'
      readonly facts: SourceFacts
      /** As the EtcdRestore that made this cluster found it; undefined for a cluster that a person made. */
      readonly verifiedByRestore: VerifiedSnapshot | undefined
      readonly verification: AskedRun
      readonly agentImage: Known<AgentImage>
      readonly mounts: Mounts
    }
  /** The first member has no pod: its volume has to be written. */
  | {
      readonly stage: 'data'
      readonly run: AskedRun
      readonly agentImage: Known<AgentImage>
      readonly mounts: Mounts
      readonly used: readonly NamedRun[]
    }
  /** The first member has a pod: its data has to be compared with the backup before clients may write. */
  | { readonly stage: 'member'; readonly used: readonly NamedRun[]; readonly count: Known<RestoredCount> }

/** A Job with a hash of its request: of the part of the spec that it was created from, which may have been changed since. */
export interface AskedRun extends AgentRun {
  readonly asked: string | undefined
}

/** A Job whose result has been used, by its name: it may still be running. */
export interface NamedRun {
  readonly job: string
  readonly run: AgentRun
}

/** Where the claim that holds the backup can be mounted. */
export interface Mounts {
  /** Whether all pods that mount it have to be on one node; `node` is where one of them is. */
  readonly oneNode: boolean
  readonly node: string | undefined
}

/**
 * The answer of the first member to a count of the keys at the restored revision.
 * - `counted`    the number of keys
 * - `compacted`  etcd has compacted the revision, so it can't be read any more
 * - `ahead`      the revision is ahead of the member's own
 */
export type RestoredCount = { readonly state: 'counted'; readonly keys: number } | { readonly state: 'compacted' | 'ahead' }
