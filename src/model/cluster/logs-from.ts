import { compareVersions, minorKey } from '../versions.ts'
import { clusterMinor, runningVersions, templateVersion } from './versions-running.ts'
import type { ClusterView } from './view.ts'

/**
 * `3.5`: the lowest minor version of etcd of which the members' write-ahead logs may hold entries, for the status; undefined where nothing is
 * known, which means that it may be any. It was written when the cluster began, or once every member had saved a snapshot since; it falls as
 * soon as an older version runs, or as pods may be created with it.
 */
export function logsFrom(view: ClusterView): string | undefined {
  const noted = view.cluster.status?.logsFrom
  // A member that runs 3.7 has found no entry of 3.5 in its log.
  if (noted === undefined) return clusterMinor(view) === '3.7' ? '3.6' : undefined
  const seen = [...runningVersions(view), templateVersion(view) ?? ''].flatMap((version) => minorKey(version) ?? [])
  return [noted, ...seen].toSorted((a, b) => compareVersions(`${a}.0`, `${b}.0`) ?? 0)[0]
}

/**
 * Whether a member's log may hold entries of etcd 3.5. Without a note it may: the cluster may be older than the note, or may have been
 * adopted. etcd 3.7 exits at such entries at every start (`unmarshal should never fail`).
 */
export function mayHoldEntriesOf35(view: ClusterView): boolean {
  return (logsFrom(view) ?? '3.5') === '3.5'
}
