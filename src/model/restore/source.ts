import type { EtcdBackup, RestoreSource } from '../../api/backups.ts'
import type { Reason, WaitReason } from '../../api/reasons.ts'

/** What was read of a source. */
export interface SourceFacts {
  /** The EtcdBackup that the source names; undefined when there is none of that name. */
  readonly backup: EtcdBackup | undefined
  /** The claim that `claimOf` names; one that is being deleted takes no new pod. */
  readonly claim: 'there' | 'going' | 'absent'
}

/** The file that a source means, or why it can't be told. */
export type ResolvedSource =
  | { readonly kind: 'file'; readonly file: SourceFile }
  | { readonly kind: 'wait'; readonly reason: WaitReason; readonly message: string }
  /** Stays so until a person does something; the message names the way out. */
  | { readonly kind: 'refused'; readonly reason: Reason; readonly message: string }

export interface SourceFile {
  readonly claimName: string
  /** Inside the volume. */
  readonly path: string
  /** What the EtcdBackup says of the file; absent for a bare file. */
  readonly expected?: { readonly sha256: string; readonly revision: string }
}

/**
 * Where the data of a restore lies. What becomes of a completed backup that is being deleted meanwhile is left to the look at
 * its file: deletion waits for the restores that it knows of, and a file that is gone is found out before anything is made from it.
 */
export function resolveSource(source: RestoreSource, facts: SourceFacts): ResolvedSource {
  const named = source.backup === undefined ? bareFile(source) : storedFile(source.backup, facts.backup)
  return named.kind === 'file' && facts.claim !== 'there' ? claimMissing(named.file.claimName, facts.claim) : named
}

/** Name of the claim that holds the source; undefined while that isn't known. */
export function claimOf(source: RestoreSource, backup: EtcdBackup | undefined): string | undefined {
  return source.volume?.claimName ?? backup?.spec.storage.volume?.claimName
}

/** As it stands in a status: `backup b1`, `backups:demo/b1.db`. */
export function sourceInWords({ backup, volume }: RestoreSource): string {
  return volume === undefined ? `backup ${backup}` : `${volume.claimName}:${volume.path}`
}

function bareFile({ volume }: RestoreSource): ResolvedSource {
  if (volume === undefined) return refused('InvalidSpec', 'the source names neither a backup nor a volume')
  return { kind: 'file', file: { claimName: volume.claimName, path: volume.path } }
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
      const claimName = claimOf({ backup: name }, backup)
      if (claimName === undefined || location === undefined || sha256 === undefined || revision === undefined)
        return refused('BackupNotUsable', `EtcdBackup ${name} doesn't say where its file is; name the file by source.volume`)
      return { kind: 'file', file: { claimName, path: location, expected: { sha256, revision } } }
    }
    default:
      // Its deletion doesn't wait for this source, and it never completes.
      if (backup.metadata.deletionTimestamp !== undefined)
        return refused('BackupNotUsable', `EtcdBackup ${name} is deleted before it was completed; choose one that is Completed`)
      return { kind: 'wait', reason: 'WaitingForBackup', message: `waiting for EtcdBackup ${name} to complete` }
  }
}

function claimMissing(claimName: string, claim: 'going' | 'absent'): ResolvedSource {
  const what =
    claim === 'going'
      ? `PersistentVolumeClaim ${claimName} is being deleted`
      : `there is no PersistentVolumeClaim ${claimName} in this namespace`
  return refused('ClaimNotFound', `${what}; the source must be a volume that is there`)
}

function refused(reason: Reason, message: string): ResolvedSource {
  return { kind: 'refused', reason, message }
}
