import { needsSecrets } from '../../model/cluster/tls.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import type { TlsProblem } from '../../model/tls/problem.ts'
import { sourceProblems } from '../../model/tls/source-problems.ts'
import { tlsTrouble } from '../../model/tls/tls-trouble.ts'
import { block, type Decision, wait } from './step.ts'

/**
 * Before pods are made or files name certificates: waits while a Secret is missing or unfit. No pod starts without its Secrets, and one
 * that began without them would be weaker than the spec asks for.
 */
export function awaitCertificates(view: ClusterView): Decision | undefined {
  if (!needsSecrets(view)) return undefined
  const trouble = tlsTrouble(view)
  if (trouble === undefined) return undefined
  return refused(view) ?? (trouble.isPending ? wait('IssuingCertificates', trouble.message, 1000) : told(trouble))
}

/** Reports what a person has to mend, when nothing else is to be done: the members run on with what they have. */
export function reportCertificates(view: ClusterView): Decision | undefined {
  if (!needsSecrets(view)) return undefined
  const trouble = tlsTrouble(view) ?? sourceProblems(view)[0]
  return trouble === undefined ? refused(view, recentMs) : (refused(view) ?? told(trouble))
}

/** A Secret that can't be written is tried again every minute; what was refused before is wanted no more. */
const recentMs = 120_000

/** What the API server says of a Secret that it refused tells more than that the Secret is missing. */
function refused({ memory, monotonicMs }: ClusterView, withinMs = Number.POSITIVE_INFINITY): Decision | undefined {
  const refusal = [...memory.secretRefusals.values()].find(({ at }) => monotonicMs - at < withinMs)
  return refusal && wait(refusal.reason, refusal.message, 5000)
}

function told({ reason, message }: TlsProblem): Decision {
  return block(reason, message)
}
