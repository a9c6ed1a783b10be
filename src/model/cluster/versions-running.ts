import { compareVersions, minorKey } from '../versions.ts'
import { answerOf, isOurs, listed } from './members.ts'
import type { ClusterView } from './view.ts'

/** Questions about the versions of etcd that the members run. */

/** The version that a member runs, or ran when it was heard last: as it says itself, or as the status says; undefined where neither does. */
export function versionOf(view: ClusterView, name: string): string | undefined {
  return answerOf(view, name)?.version ?? view.cluster.status?.memberStatus?.find((row) => row.name === name)?.version
}

/** The versions of the listed members that have started, the lowest first; without those of which nothing is known. */
export function runningVersions(view: ClusterView): readonly string[] {
  return listed(view)
    .filter(isOurs)
    .filter(({ published }) => published)
    .flatMap(({ name }) => versionOf(view, name) ?? [])
    .toSorted((a, b) => compareVersions(a, b) ?? 0)
}

/** The version that pods are created with now; undefined while there is no StatefulSet. */
export function templateVersion({ statefulSet }: Pick<ClusterView, 'statefulSet'>): string | undefined {
  return statefulSet.state === 'ours' ? statefulSet.value.version : undefined
}

/**
 * The minor version of the cluster, which etcd raises within seconds once every member is of a newer one, and takes back only where it was
 * allowed to: that of the members' data. Undefined while members disagree, or one of them does not tell.
 */
export function clusterMinor(view: ClusterView): string | undefined {
  const all = new Set(listed(view).map(({ name }) => (name === undefined ? undefined : dataMinor(view, name))))
  const [only] = all
  return all.size === 1 ? only : undefined
}

/** The newest minor version that any member's data has, as far as they tell: no older etcd opens that data. */
export function highestDataMinor(view: ClusterView): string | undefined {
  return listed(view)
    .flatMap(({ name }) => (name === undefined ? [] : (dataMinor(view, name) ?? [])))
    .toSorted((a, b) => compareVersions(`${b}.0`, `${a}.0`) ?? 0)[0]
}

/** etcd 3.5 doesn't tell: its data has its own version. */
function dataMinor(view: ClusterView, name: string): string | undefined {
  const answer = answerOf(view, name)
  if (answer === undefined) return undefined
  if (minorKey(answer.version) === '3.5') return '3.5'
  return answer.serves && answer.storageVersion !== undefined ? minorKey(answer.storageVersion) : undefined
}

/** The minor version that etcd lets its members go back to; undefined where it does not. */
export function downgradeMinor(view: ClusterView): string | undefined {
  for (const { name } of listed(view)) {
    const answer = name === undefined ? undefined : answerOf(view, name)
    if (answer?.serves && answer.downgradeTarget !== undefined) return minorKey(answer.downgradeTarget)
  }
  return undefined
}
