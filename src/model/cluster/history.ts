import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { parseDuration } from '../duration.ts'
import type { RevisionSample } from './memory.ts'
import type { ClusterView } from './view.ts'

const hourMs = 60 * 60_000

/** How much history stays, as spec.etcd.autoCompaction says: the revisions of a time, or a number of them. An hour where it is off. */
export type KeptHistory = { readonly ms: number } | { readonly revisions: number }

export function keptHistory({ spec }: Pick<EtcdCluster, 'spec'>): KeptHistory {
  const { mode, retention } = spec.etcd.autoCompaction
  if (mode === 'revision' && Number(retention) > 0) return { revisions: Number(retention) }
  return { ms: (mode === 'periodic' && parseDuration(retention)) || hourMs }
}

/**
 * The revision up to which the history may go; undefined while the operator has not watched for long enough. etcd's own compactor
 * keeps the revision of an hour ago in its memory, too, and does not show it: so the operator notes revisions with their times. While the
 * alarm is raised nothing new is written, so that in the end the whole history is old enough.
 */
export function oldRevision(view: ClusterView): number | undefined {
  const kept = keptHistory(view.cluster)
  const newest = revisionOf(view)
  if ('revisions' in kept) return newest === undefined || newest <= kept.revisions ? undefined : newest - kept.revisions
  return view.memory.revisions.findLast(({ atMs }) => view.monotonicMs - atMs >= kept.ms)?.revision
}

/** Milliseconds until the whole history is old enough to go; undefined while the present revision is not known, or may go already. */
export function msUntilAllIsOld(view: ClusterView): number | undefined {
  const kept = keptHistory(view.cluster)
  const newest = revisionOf(view)
  if ('revisions' in kept || newest === undefined) return undefined
  const since = view.memory.revisions.find(({ revision }) => revision >= newest)?.atMs ?? view.monotonicMs
  const ms = since + kept.ms - view.monotonicMs
  return ms > 0 ? ms : undefined
}

/** The revision that the cluster has reached, as far as any member tells. */
function revisionOf({ answers }: Pick<ClusterView, 'answers'>): number | undefined {
  const told = [...answers.values()].flatMap((answer) => (answer.known && answer.value.serves ? answer.value.revision : []))
  return told.length === 0 ? undefined : Math.max(...told)
}

/** How many samples are kept for the time that history stays. */
const samples = 60

/** The samples with that of this look: one now and then, and of those that are old enough only the newest. */
export function withSample(before: readonly RevisionSample[], view: ClusterView): readonly RevisionSample[] {
  const revision = revisionOf(view)
  const kept = keptHistory(view.cluster)
  if (revision === undefined || 'revisions' in kept) return before
  const atMs = view.monotonicMs
  if (atMs - (before.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) < kept.ms / samples) return before
  const old = before.findLastIndex((sample) => atMs - sample.atMs >= kept.ms)
  return [...before.slice(Math.max(0, old)), { atMs, revision }]
}
