import type { EtcdCluster, EtcdClusterStatus } from '../../api/etcd-cluster.ts'
import { annotation } from '../../api/labels.ts'
import { shortHash } from '../hash.ts'
import { rfc3339 } from '../rfc3339.ts'

/** What a person asks for once, by an annotation of the EtcdCluster. Any new value asks again; the last one that was done is in the status. */
export type WishKind = keyof typeof wishAnnotations

/** The annotation of each wish. */
export const wishAnnotations = { defragment: annotation.defragment, moveLeader: annotation.moveLeader } as const

/** A wish that is not done yet. */
export interface OpenWish {
  /** As it is noted in the status. */
  readonly mark: string
  /** The annotation's value. */
  readonly value: string
  /** When it was begun, milliseconds since the epoch; undefined: it was not. */
  readonly since: number | undefined
}

/** The wish that is asked for and not done; undefined: nobody asks, or what came of it is in the status. */
export function openWish({ metadata: { annotations = {} }, status }: EtcdCluster, kind: WishKind, now: number): OpenWish | undefined {
  const value = annotations[wishAnnotations[kind]]
  if (value === undefined || value === '') return undefined
  const mark = markOf(value)
  const noted = status?.wishes?.[kind]
  if (noted?.value !== mark) return { mark, value, since: undefined }
  if (noted.state !== 'Begun') return undefined
  const since = Date.parse(noted.since)
  // The wall clock was set back, or somebody wrote no time: the wish begins anew, or nothing would ever count as done since.
  return { mark, value, since: since <= now ? since : undefined }
}

/** What the status tells of wishes: each while its annotation is there, so that the same value may be asked for again. */
export function toldWishes({ metadata: { annotations = {} }, status }: EtcdCluster): Pick<EtcdClusterStatus, 'wishes'> {
  const told = Object.entries(status?.wishes ?? {}).filter(([kind]) => isWishKind(kind) && annotations[wishAnnotations[kind]])
  return told.length === 0 ? {} : { wishes: Object.fromEntries(told) }
}

/** The row of the status for a wish. A message of before is overwritten: writing is a merge. */
export function notedWish(
  { mark, state, message }: Readonly<Record<'mark' | 'message', string>> & Pick<NotedWish, 'state'>,
  now: number,
): NotedWish {
  return { value: mark, state, message, since: rfc3339(now) }
}

type NotedWish = NonNullable<NonNullable<EtcdClusterStatus['wishes']>['defragment']>

/** The member that the value of `move-leader` names: `demo-1`, or `demo-1/<anything>` to ask for the same member again. */
export function askedLeader(value: string): string {
  return value.split('/')[0] ?? ''
}

function isWishKind(kind: string): kind is WishKind {
  return Object.hasOwn(wishAnnotations, kind)
}

/** A value as the status has it: a person's may be long. */
export function markOf(value: string): string {
  return value.length <= 128 ? value : shortHash(value)
}
