import { isText, parseFields, readSnapshotFacts } from '../agent/result.ts'
import type { SnapshotFacts } from '../agent/task.ts'

/**
 * A stored file that the agent has read from beginning to end: where it lies and what it holds. An EtcdRestore writes it as
 * JSON onto the EtcdCluster that it makes (annotation `etcd-operator.dev/verified`), so that the file isn't read twice.
 */
export interface VerifiedSnapshot {
  /** The source that led to it, as `sourceInWords` says it. */
  readonly source: string
  readonly claimName: string
  /** Of the file inside the volume. */
  readonly path: string
  readonly snapshot: SnapshotFacts
  /** etcd's authentication was on when the snapshot was taken. */
  readonly authEnabled?: true
}

export function formatVerified(verified: VerifiedSnapshot): string {
  return JSON.stringify(verified)
}

/**
 * Undefined for any other text: the file is verified again then. The annotation alone is not trusted: the Job that restores the file
 * compares the file with these facts first.
 */
export function parseVerified(text: string | undefined): VerifiedSnapshot | undefined {
  const found = text === undefined ? undefined : parseFields(text)
  const snapshot = readSnapshotFacts(found?.snapshot)
  if (found === undefined || snapshot === undefined || !isText(found.source)) return undefined
  if (!isText(found.claimName) || !isText(found.path)) return undefined
  if (!isHash(snapshot.sha256) || !isHash(snapshot.bodySha256) || ![snapshot.revision, snapshot.lastEntry].every(isRevision))
    return undefined
  const auth = found.authEnabled === true ? { authEnabled: true as const } : {}
  return { source: found.source, claimName: found.claimName, path: found.path, snapshot, ...auth }
}

function isRevision(text: string): boolean {
  return /^(0|[1-9][0-9]{0,17})$/.test(text)
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}
