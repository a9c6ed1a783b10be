import type { SnapshotFacts } from '../agent/task.ts'

/**
 * A stored file that the agent has read from beginning to end: where it lies and what it holds. An EtcdRestore writes it as
 * JSON onto the EtcdCluster that it makes (annotation `etcd-operator.dev/verified`), so that the file isn't read twice.
 */
export interface VerifiedSnapshot {
  readonly claimName: string
  /** Of the file inside the volume. */
  readonly path: string
  readonly snapshot: SnapshotFacts
}

export function formatVerified(verified: VerifiedSnapshot): string {
  return JSON.stringify(verified)
}

/**
 * Undefined for anything else: the file is verified again then. Nothing is believed for good: what restores the file compares
 * it with these facts first.
 */
export function parseVerified(text: string | undefined): VerifiedSnapshot | undefined {
  const found = text === undefined ? undefined : parseJson(text)
  if (!isObject(found) || !isObject(found.snapshot)) return undefined
  const { claimName, path, snapshot } = found
  const { size, sha256, bodySha256, revision, totalKeys, liveKeys, storageVersion } = snapshot
  if (!isText(claimName) || !isText(path)) return undefined
  if (!isHash(sha256) || !isHash(bodySha256) || !isText(storageVersion)) return undefined
  if (!isText(revision) || !/^(0|[1-9][0-9]{0,17})$/.test(revision)) return undefined
  if (!isCount(size) || !isCount(totalKeys) || !isCount(liveKeys)) return undefined
  return { claimName, path, snapshot: { size, sha256, bodySha256, revision, totalKeys, liveKeys, storageVersion } }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
