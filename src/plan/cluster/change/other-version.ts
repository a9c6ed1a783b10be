import { isOurs, listed } from '../../../model/cluster/members.ts'
import { hasRunNewerMinor, revisionOf, runsOtherVersion } from '../../../model/cluster/revision.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { block, type Decision } from '../step.ts'

/** A member that runs something else than the spec asks for: its pod was created from a StatefulSet that somebody had edited. */
export function reportOtherVersion(view: ClusterView): Decision | undefined {
  const member = listed(view)
    .filter(isOurs)
    .find(({ name }) => runsOtherVersion(view, name))
  if (member === undefined) return undefined
  const { name } = member
  const { runs, desired } = revisionOf(view, name)
  const what = `${name} runs ${runs.version === undefined ? runs.image : `etcd ${runs.version} (${runs.image})`}, and the spec asks for ${desired.image}`
  const wayOut = hasRunNewerMinor(view, name)
    ? `etcd ${desired.version} can't open its data any more: set spec.version to ${runs.version}`
    : `delete pod ${name} while all other members serve, and it comes back with what the spec asks for`
  return block('OtherVersionRuns', `${what}; ${wayOut}`, { member: name })
}
