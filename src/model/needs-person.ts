import type { Reason } from '../api/reasons.ts'

const reasons: ReadonlySet<Reason> = new Set([
  'ImagePullFailed',
  'Unschedulable',
  'PodTerminating',
  'StorageClassMissing',
  'QuotaExceeded',
  'PodRejected',
  'RequestRejected',
  'MissingPermission',
  'CrashLooping',
])

/** Whether a wait ends by no effort of the operator's: a person has to act, even though it goes on looking. */
export function needsPerson(reason: Reason): boolean {
  return reasons.has(reason)
}
