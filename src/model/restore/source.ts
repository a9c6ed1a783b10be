import type { EtcdBackup, RestoreSource } from '../../api/backups.ts'
import type { Reason, WaitReason } from '../../api/reasons.ts'
import { claimNameOf } from '../backup/view.ts'
import { blockClaim, type ClaimFacts } from '../claim.ts'
import type { Known } from '../known.ts'

/** The objects that a source names, as they were read. */
export interface SourceFacts {
  /** The EtcdBackup that the source names; undefined when there is none of that name. */
  readonly backup: EtcdBackup | undefined
  /** The claim that `claimOf` names. Not known means that it was not looked up, which is no reason to refuse anything. */
  readonly claim: Known<ClaimFacts>
}

/** A source that names one thing, as the schema demands. */
export type DataSource =
  | { readonly kind: 'backup'; readonly name: string }
  | { readonly kind: 'volume'; readonly claimName: string; readonly path: string }

/** Undefined for a source that names neither a backup nor a volume. */
export function parseSource({ backup, volume }: RestoreSource): DataSource | undefined {
  if (backup !== undefined) return { kind: 'backup', name: backup }
  return volume === undefined ? undefined : { kind: 'volume', claimName: volume.claimName, path: volume.path }
}

/** The file that a source means, or why it can't be told. */
export type ResolvedSource =
  | { readonly kind: 'file'; readonly file: SourceFile }
  | { readonly kind: 'wait'; readonly reason: WaitReason; readonly message: string }
  /** A person has to act; the message names the way out. */
  | { readonly kind: 'refused'; readonly reason: Reason; readonly message: string }

export interface SourceFile {
  readonly claimName: string
  /** Inside the volume. */
  readonly path: string
  /** What the EtcdBackup says of the file; absent for a bare file. */
  readonly expected?: { readonly sha256: string; readonly revision: string }
}

/**
 * Where the data of a restore is stored. A Completed backup that is being deleted is accepted: its deletion waits for the restores
 * that read it, and a missing file is found by the Job that reads the file before anything is created from it.
 */
export function resolveSource(source: DataSource | undefined, facts: SourceFacts): ResolvedSource {
  const named = fileOf(source, facts)
  const claim = facts.claim.known ? facts.claim.value.state : 'present'
  return named.kind === 'file' && claim !== 'present' ? claimMissing(named.file.claimName, claim) : named
}

/** Name of the claim that holds the source; undefined while that isn't known. */
export function claimOf(source: DataSource, backup: EtcdBackup | undefined): string | undefined {
  return source.kind === 'volume' ? source.claimName : backup && claimNameOf(backup)
}

/** The source as a status shows it: `backup b1`, `backups:demo/b1.db`. */
export function sourceInWords(source: DataSource | undefined): string {
  if (source === undefined) return 'nothing'
  return source.kind === 'backup' ? `backup ${source.name}` : `${source.claimName}:${source.path}`
}

function fileOf(source: DataSource | undefined, { backup }: SourceFacts): ResolvedSource {
  switch (source?.kind) {
    case 'backup':
      return storedFile(source.name, backup)
    case 'volume':
      return { kind: 'file', file: { claimName: source.claimName, path: source.path } }
    case undefined:
      return refused('InvalidSpec', 'the source names neither a backup nor a volume')
  }
}

function storedFile(name: string, backup: EtcdBackup | undefined): ResolvedSource {
  if (backup === undefined) {
    return refused('BackupNotFound', `there is no EtcdBackup ${name} in this namespace; a file without one is named by source.volume`)
  }
  const { phase, location, sha256, revision, conditions } = backup.status ?? {}
  switch (phase) {
    case 'Failed': {
      const why = conditions?.find(({ type }) => type === 'Complete')
      return refused('BackupNotUsable', `EtcdBackup ${name} has failed${why ? ` (${why.reason})` : ''}; choose one that is Completed`)
    }
    case 'Completed': {
      const claimName = claimNameOf(backup)
      if (location === undefined || sha256 === undefined || revision === undefined)
        return refused('BackupNotUsable', `EtcdBackup ${name} doesn't say where its file is; name the file by source.volume`)
      return { kind: 'file', file: { claimName, path: location, expected: { sha256, revision } } }
    }
    default:
      // The deletion of an incomplete backup doesn't wait for this source, and the backup never completes.
      if (backup.metadata.deletionTimestamp !== undefined)
        return refused('BackupNotUsable', `EtcdBackup ${name} is deleted before it was completed; choose one that is Completed`)
      return { kind: 'wait', reason: 'WaitingForBackup', message: `waiting for EtcdBackup ${name} to complete` }
  }
}

function claimMissing(claimName: string, claim: 'deleting' | 'absent' | 'block'): ResolvedSource {
  if (claim === 'block') return refused('ClaimNotUsable', blockClaim(claimName))
  const what =
    claim === 'deleting'
      ? `PersistentVolumeClaim ${claimName} is being deleted`
      : `there is no PersistentVolumeClaim ${claimName} in this namespace`
  return refused('ClaimNotFound', `${what}; the source must be a volume that is there`)
}

function refused(reason: Reason, message: string): ResolvedSource {
  return { kind: 'refused', reason, message }
}
