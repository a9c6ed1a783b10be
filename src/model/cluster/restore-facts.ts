import type { AgentImage } from '../agent/image.ts'
import type { AgentRun } from '../agent/run.ts'
import type { Known } from '../known.ts'
import type { SourceFacts } from '../restore/source.ts'
import type { VerifiedSnapshot } from '../restore/verified-snapshot.ts'

/** What a pass knows about the backup that a cluster begins with: only what the stage that it is in needs. */
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
  /** It has one: its data has to be compared with the backup before anybody may write. */
  | { readonly stage: 'member'; readonly used: readonly NamedRun[]; readonly count: Known<RestoredCount> }

/** A Job, and what it was asked for: a name for the part of the spec that went into it, which may have been corrected since. */
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
 * What the first member answers about the revision that was restored.
 * - `counted`    so many keys are there
 * - `compacted`  the revision can't be read any more
 * - `ahead`      it has not come that far
 */
export type RestoredCount = { readonly state: 'counted'; readonly keys: number } | { readonly state: 'compacted' | 'ahead' }
