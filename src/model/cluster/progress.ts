import { rfc3339 } from '../rfc3339.ts'
import type { Progress } from './view.ts'

/** The value of the mark: `revision=301,applied=309,at=2026-01-01T10:00:00Z` */
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
 * How many revisions and entries a member has to be below its mark to prove that its volume was set back; its progress is marked anew after
 * as many. etcd does not sync the commit index by itself, so a member that restarts without a leader may show a few entries less than
 * before, which proves nothing. A burst of writes between two syncs does not have as many.
 */
export const farBehind = 1000
