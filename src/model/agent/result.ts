import { isAgentReason } from '../../api/reasons.ts'
import { isRecord } from '../record.ts'
import type { AgentFailure, AgentResult, SnapshotFacts } from './task.ts'

/**
 * The result that the agent wrote as its termination message. Undefined for any other text: the agent was killed before it could
 * write, or another container wrote it.
 */
export function parseAgentResult(text: string | undefined): AgentResult | undefined {
  const message = text === undefined ? undefined : parseFields(text)
  switch (message?.result) {
    case 'Verified':
      return verified(message)
    case 'BackedUp':
      return backedUp(message)
    case 'Failed':
      return failed(message)
    case 'Prepared':
    case 'Published':
    case 'Deleted':
      return { result: message.result }
    default:
      return undefined
  }
}

type Fields = Readonly<Record<string, unknown>>

function verified(message: Fields): AgentResult | undefined {
  const snapshot = readSnapshotFacts(message.snapshot)
  if (snapshot === undefined) return undefined
  const auth = message.authEnabled === true ? { authEnabled: true as const } : {}
  const whole = { result: 'Verified' as const, snapshot, ...auth }
  if (!isRecord(message.manifest)) return whole
  const { cluster, clusterId, etcdVersion, spec } = message.manifest
  if (!isText(cluster) || !isText(clusterId) || !isText(etcdVersion)) return undefined
  return { ...whole, manifest: { cluster, clusterId, etcdVersion, ...(isText(spec) ? { spec } : {}) } }
}

function backedUp(message: Fields): AgentResult | undefined {
  const snapshot = readSnapshotFacts(message.snapshot)
  const { member, clusterId, etcdVersion, completionTime, streamMs, verifyMs } = message
  if (snapshot === undefined || !isText(member) || !isText(clusterId) || !isText(etcdVersion) || !isText(completionTime)) return undefined
  if (typeof streamMs !== 'number' || typeof verifyMs !== 'number') return undefined
  return { result: 'BackedUp', snapshot, member, clusterId, etcdVersion, completionTime, streamMs, verifyMs }
}

function failed({ reason, message }: Fields): AgentFailure | undefined {
  return isAgentReason(reason) && typeof message === 'string' ? { result: 'Failed', reason, message } : undefined
}

/** Undefined for anything else. */
export function readSnapshotFacts(value: unknown): SnapshotFacts | undefined {
  if (!isRecord(value)) return undefined
  const { size, sha256, bodySha256, revision, lastEntry, totalKeys, liveKeys, storageVersion } = value
  if (!isText(sha256) || !isText(bodySha256) || !isText(revision) || !isText(lastEntry) || !isText(storageVersion)) return undefined
  if (!isCount(size) || !isCount(totalKeys) || !isCount(liveKeys)) return undefined
  return { size, sha256, bodySha256, revision, lastEntry, totalKeys, liveKeys, storageVersion }
}

/** Undefined for text that is not a JSON object. */
export function parseFields(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
