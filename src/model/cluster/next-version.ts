import { oncePerObject } from '../once-per.ts'
import { compareMinors, compareVersions, minorKey } from '../versions.ts'
import { versionChange } from './version-change.ts'
import { whatHolds } from './version-gates.ts'
import { highestDataMinor, runningVersions, templateVersion } from './versions-running.ts'
import type { ClusterView } from './view.ts'

/**
 * The version of etcd, `x.y.z`, that the StatefulSet's template and the members' configs carry now: what a pod that is created next runs. It
 * is the next step on the way to spec.version once everything is there that the step needs, and until then what the template carries.
 */
export const nextVersionOf = oncePerObject((view: ClusterView): string => {
  const { version: wanted } = view.cluster.spec
  const carried = templateVersion(view)
  const running = runningVersions(view)
  const highest = running.at(-1)
  if (carried === undefined) return highest ?? lastHighest(view) ?? wanted
  if (highest === undefined) return withoutMembers(view, carried, wanted)
  const change = versionChange(view)
  const isOpen = change.kind !== 'none' && change.kind !== 'refused' && whatHolds(view, change) === undefined
  const next = isOpen ? change.to : carried
  // Safety: an older etcd can't open the data, so no pod is created with it, whatever the template carries.
  const data = highestDataMinor(view)
  return data !== undefined && compareMinors(next, `${data}.0`) < 0 ? highest : next
})

/** What the members ran when they were heard last: objects that were deleted are made again for that. */
function lastHighest({ cluster: { status } }: ClusterView): string | undefined {
  const rows = status?.memberStatus?.flatMap(({ version }) => version ?? []) ?? []
  return [...rows, ...(status?.version === undefined ? [] : [status.version])].toSorted((a, b) => compareVersions(b, a) ?? 0)[0]
}

/**
 * While no member is heard, the spec may correct what keeps them from running, but takes no stopped cluster to another minor version than it
 * had, or than its pods are created with.
 */
function withoutMembers({ cluster: { status } }: ClusterView, carried: string, wanted: string): string {
  const ran = status?.version
  return ran === undefined || minorKey(ran) === minorKey(wanted) || minorKey(carried) === minorKey(wanted) ? wanted : carried
}
