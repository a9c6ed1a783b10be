import type { TlsMode } from '../../api/etcd-cluster.ts'
import type { AgentReason } from '../../api/reasons.ts'

/**
 * What the operator and its agent tell each other. The agent is the operator's own image in a Job: its task comes as JSON in
 * its environment (task-variables.ts), its result goes back as the container's termination message (at most 4096 bytes,
 * a limit of Kubernetes), so that it needs no right in the API.
 */
export type AgentTask = BackupTask | DeleteTask | VerifyTask | PrepareTask | PublishTask

/** Where the Jobs mount their volumes. */
export const mount = { backups: '/backups', data: '/var/lib/etcd', source: '/source', credentials: '/etc/etcd-tls/agent' } as const

/** Below `mount.source`: the one file that the image of the user's choice may read. */
export const sourceCopy = 'snapshot.db'

/** What was added to the revision of a restored cluster; more than anybody writes between a backup and its restore. */
export const revisionBump = 1_000_000_000

/** Takes a snapshot and stores it as `location` below `mount.backups`, with its manifest beside it. */
export interface BackupTask {
  readonly do: 'backup'
  readonly backup: { readonly namespace: string; readonly name: string; readonly uid: string; readonly startTime: string }
  readonly cluster: { readonly name: string; readonly uid: string; readonly spec: unknown; readonly tls?: TlsMode }
  /** The name that the certificate of each member must hold; absent where members speak in plain text. Keys are files, in no task. */
  readonly tls?: { readonly serverName: string }
  /** Pinned cluster ID in hex: a member that answers with another one isn't asked. */
  readonly clusterId: string
  /** Of every voter that has started. */
  readonly endpoints: readonly { readonly member: string; readonly url: string }[]
  /** Relative to the volume: `demo/b1.db`. */
  readonly location: string
}

/** Removes the file at `location` and its manifest, if this very backup wrote them. */
export interface DeleteTask {
  readonly do: 'delete'
  readonly backupUid: string
  readonly location: string
}

/** Reads a stored file, and what its manifest says, without changing anything. */
export interface VerifyTask {
  readonly do: 'verify'
  readonly location: string
  /** What the EtcdBackup's status says of the file; absent for a bare file. */
  readonly expected?: { readonly sha256: string; readonly revision: string }
  /** x.y.z of the etcd that is to open the file. */
  readonly targetVersion?: string
}

/**
 * Before `etcdutl snapshot restore` writes into `target + '.restoring'` below `mount.data`: removes what an interrupted try left
 * there, and copies the file to `sourceCopy` below `mount.source`.
 */
export interface PrepareTask {
  readonly do: 'prepare'
  readonly location: string
  /** The file as it was verified. */
  readonly size: number
  readonly bodySha256: string
  /** Name of the incarnation. */
  readonly target: string
}

/** After `etcdutl snapshot restore`: compares the written data with the verified file, and renames the folder to its final name. */
export interface PublishTask {
  readonly do: 'publish'
  readonly target: string
  readonly totalKeys: number
  readonly liveKeys: number
  /** Of the backup, without the bump; decimal. */
  readonly revision: string
  readonly bump: string
}

/** What a snapshot file holds. */
export interface SnapshotFacts {
  /** Bytes of the whole file. */
  readonly size: number
  /** SHA-256 in hex of the whole file, as sha256sum prints it. */
  readonly sha256: string
  /** SHA-256 in hex of all but the last 32 bytes, which hold it as well. */
  readonly bodySha256: string
  /** etcd's revision, decimal. */
  readonly revision: string
  /** Revision of the last entry, decimal: lower than `revision` where a compaction has removed the last deletion. */
  readonly lastEntry: string
  /** As `etcdutl snapshot status` of 3.6 and later counts, whichever version wrote the file: 3.5's counts the entries of all buckets. */
  readonly totalKeys: number
  /** Keys that a client sees at `revision`. */
  readonly liveKeys: number
  /** Minor version of the etcd that wrote the file, x.y: its storage version, which 3.6 and later write; `3.5` without one. */
  readonly storageVersion: string
}

/** The manifest beside a stored file, as `<location>.json`: with it the volume alone is enough to restore from. */
export interface BackupManifest {
  readonly format: 1
  readonly backup: { readonly namespace: string; readonly name: string; readonly uid: string }
  /** `tls`: how the cluster spoke then; absent in manifests of earlier versions of the operator. */
  readonly cluster: { readonly name: string; readonly uid: string; readonly spec: unknown; readonly tls?: TlsMode }
  /** etcd's authentication was on; absent in manifests of earlier versions, which backed up none where it was. */
  readonly authEnabled?: boolean
  /** As in the status of the EtcdBackup. */
  readonly status: {
    readonly phase: 'Completed'
    readonly location: string
    readonly clusterID: string
    readonly member: string
    readonly etcdVersion: string
    readonly revision: string
    readonly size: string
    readonly totalKeys: number
    readonly sha256: string
    readonly startTime: string
    readonly completionTime: string
    readonly verified: { readonly time: string; readonly result: 'Passed' }
  }
  readonly snapshot: SnapshotFacts
}

/** How a task ended. */
export type AgentResult =
  | {
      readonly result: 'BackedUp'
      readonly snapshot: SnapshotFacts
      readonly member: string
      readonly clusterId: string
      /** Of the member that sent it. */
      readonly etcdVersion: string
      readonly completionTime: string
      /** Milliseconds: receiving and storing; reading back. */
      readonly streamMs: number
      readonly verifyMs: number
    }
  | { readonly result: 'Deleted' }
  | {
      readonly result: 'Verified'
      readonly snapshot: SnapshotFacts
      /** etcd's authentication was on when the snapshot was taken, and is on after a restore. */
      readonly authEnabled?: true
      /** What the manifest says; absent without one. `spec` is the EtcdCluster's spec: JSON, deflated, base64. */
      readonly manifest?: { readonly cluster: string; readonly clusterId: string; readonly etcdVersion: string; readonly spec?: string }
    }
  | { readonly result: 'Prepared' }
  | { readonly result: 'Published' }
  | AgentFailure

export interface AgentFailure {
  readonly result: 'Failed'
  readonly reason: AgentReason
  readonly message: string
}

/** Exit codes of the agent: its Job tries again after `transient` alone. */
export const exitCode = { done: 0, final: 3, transient: 75 } as const

/** Name of the folder beside the incarnation that etcdutl writes into before the data is checked and renamed. */
export function restoringFolder(target: string): string {
  return `${target}.restoring`
}

export function manifestOf(location: string): string {
  return `${location}.json`
}
