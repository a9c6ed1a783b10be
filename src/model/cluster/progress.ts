import { rfc3339 } from '../rfc3339.ts'
import type { Progress } from './view.ts'

/** `revision=301,applied=309,at=2026-01-01T10:00:00Z` */
export function formatProgress({ revision, applied, at }: Progress): string {
  return `revision=${revision},applied=${applied},at=${rfc3339(at)}`
}

/** Undefined for a text that the operator did not write. */
export function parseProgress(text: string | undefined): Progress | undefined {
  const match = /^revision=(\d{1,15}),applied=(\d{1,15}),at=(\S{1,40})$/.exec(text ?? '')
  const at = Date.parse(match?.[3] ?? '')
  return match === null || Number.isNaN(at) ? undefined : { revision: Number(match[1]), applied: Number(match[2]), at }
}

/**
 * Entries and revisions between two marks of a member's progress, and between its mark and what it holds that tell that its volume was
 * set back. etcd does not sync the commit index by itself, so a member that restarts without a leader may show some entries less than
 * before: a few are no evidence. As many revisions as a burst of writes between two syncs can't have.
 */
export const farBehind = 1000
