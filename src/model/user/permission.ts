import type { EtcdUser } from '../../api/etcd-user.ts'

export type Access = 'Read' | 'Write' | 'ReadWrite'

/**
 * A permission as etcd stores it. Keys are bytes: here strings of which each character is one byte (latin1), because the end of a range
 * need not be valid UTF-8.
 */
export interface EtcdPermission {
  readonly access: Access
  readonly key: string
  /** Empty: the one key. `openEnd`: every key from `key` on. Otherwise the first key that is not in the range any more. */
  readonly rangeEnd: string
}

/** One zero byte: as the end of a range "no end", as its beginning the smallest key (etcd's rpc.proto, RangeRequest). */
export const openEnd = '\0'

/** The permissions that a spec asks for, one for each range: etcd keeps one access for a range, so `Read` and `Write` of one are joined. */
export function wishedPermissions({ permissions }: EtcdUser['spec']): readonly EtcdPermission[] {
  const byRange = new Map<string, EtcdPermission>()
  for (const one of permissions) {
    const range = rangeOf(one)
    const before = byRange.get(rangeId(range))
    byRange.set(rangeId(range), { ...range, access: before === undefined ? one.access : joined(before.access, one.access) })
  }
  return [...byRange.values()]
}

export interface PermissionChanges {
  /** Granting a range that has another access replaces that. */
  readonly grant: readonly EtcdPermission[]
  readonly revoke: readonly EtcdPermission[]
}

/** What is to be granted and revoked; nothing of what is right already, because each grant may fail requests in flight. */
export function permissionChanges(wished: readonly EtcdPermission[], there: readonly EtcdPermission[]): PermissionChanges {
  const has = new Map(there.map((one) => [rangeId(one), one.access]))
  const asks = new Set(wished.map(rangeId))
  return {
    grant: wished.filter((one) => has.get(rangeId(one)) !== one.access),
    revoke: there.filter((one) => !asks.has(rangeId(one))),
  }
}

type Range = Pick<EtcdPermission, 'key' | 'rangeEnd'>

function rangeOf({ key, prefix, range }: EtcdUser['spec']['permissions'][number]): Range {
  if (range !== undefined) return { key: bytesOf(range.from), rangeEnd: bytesOf(range.to) }
  if (prefix !== undefined) return rangeOfPrefix(bytesOf(prefix))
  return { key: bytesOf(key ?? ''), rangeEnd: '' }
}

/** As clientv3.GetPrefixRangeEnd: the last byte is raised by one. It never is 0xff, because UTF-8 has no such byte. */
function rangeOfPrefix(prefix: string): Range {
  if (prefix === '') return { key: openEnd, rangeEnd: openEnd }
  return { key: prefix, rangeEnd: prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1) }
}

function joined(a: Access, b: Access): Access {
  return a === b ? a : 'ReadWrite'
}

function rangeId({ key, rangeEnd }: Range): string {
  return JSON.stringify([key, rangeEnd])
}

/** UTF-8, a character for each byte. */
function bytesOf(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text))
}
