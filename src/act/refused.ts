import { type Failure, isFailure } from '../adapters/failure.ts'
import { isQuotaRefusal } from '../model/pod-start.ts'
import type { Action, Decision } from '../plan/cluster/step.ts'
import { steps } from './cluster/steps.ts'

type Wait = Extract<Decision, { kind: 'wait' }>

/**
 * The reason and message with which the status reports a refused write; undefined for an error that the controller loop handles
 * (a conflict, a bug of the operator).
 */
export function refused(error: unknown, action: Action | undefined): Wait | undefined {
  if (!isFailure(error)) return undefined
  const next = action === undefined ? {} : { next: action }
  switch (error.kind) {
    case 'forbidden':
      return {
        kind: 'wait',
        reason: 'MissingPermission',
        message: `the operator lacks a permission: ${error.message}`,
        recheckMs: 10_000,
        ...next,
      }
    case 'rejected':
      return action !== undefined && steps[action].asks === 'etcd' ? notYet(error, next) : refusal(error, next)
    case 'unavailable':
    case 'timeout':
      // etcd refuses membership changes for a few seconds after a voter restarted; the step is still due then.
      return action === undefined ? undefined : notYet(error, next)
    default:
      return undefined
  }
}

function notYet(error: Failure, next: { next?: Action }): Wait {
  return { kind: 'wait', reason: 'NotAnswered', message: `tried again soon: ${error.message}`, recheckMs: 1000, ...next }
}

/** Refused by a quota, by admission, or because the API server finds the object invalid. */
function refusal(error: Failure, next: { next?: Action }): Wait {
  if (/because it is being terminated/.test(error.message))
    return { kind: 'wait', reason: 'Deleting', message: 'the namespace is being deleted', recheckMs: 30_000 }
  const reason = isQuotaRefusal(error.message) ? 'QuotaExceeded' : 'RequestRejected'
  return { kind: 'wait', reason, message: `the API server refuses: ${error.message}`, recheckMs: 15_000, ...next }
}
