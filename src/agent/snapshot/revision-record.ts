import type { Refusal } from '../refusal.ts'
import { damagedPage } from './damage.ts'
import type { Entry } from './walk-bucket.ts'

/**
 * The entries of etcd's bucket `key`: one for each change of a key, under the change's revision. The key is 8 bytes of the
 * revision, `_`, 8 bytes for the place within a transaction, and a `t` when the key was deleted; the value is a `KeyValue`
 * of mvcc.proto.
 */
export const revisionBytes = 17

const [underscore, tombstone] = [0x5f, 0x74]

export function revisionOf({ page, memory, keyAt, keyBytes }: Entry): number {
  const hasLength = keyBytes === revisionBytes || keyBytes === revisionBytes + 1
  if (!hasLength || memory.bytes[keyAt + 8] !== underscore || memory.view.getInt32(keyAt + 9) < 0)
    throw damagedPage(page, 'an entry of etcd is not under a revision')
  const revision = readRevision(memory.view, keyAt)
  if (!Number.isSafeInteger(revision)) throw damagedPage(page, 'an entry of etcd has a revision that no cluster reaches')
  return revision
}

export function readRevision(view: DataView, at: number): number {
  return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4)
}

export function isTombstone({ memory, keyAt, keyBytes }: Entry): boolean {
  return keyBytes === revisionBytes + 1 && memory.bytes[keyAt + revisionBytes] === tombstone
}

/** `etcdutl snapshot restore --bump-revision` writes one entry without a key, to raise the revision. */
export function isBumpMark({ valueBytes }: Entry): boolean {
  return valueBytes === 0
}

/** Tags of `KeyValue`: field number and wire type. */
const tag = { key: 0x0a, version: 0x20 } as const
/** The key's tag and its length; then three numbers of at most ten bytes with their tags, before the value. */
const [headBytes, numbersBytes] = [11, 33]

/** How often the key was written since it was created: 1 for the first time. */
export function versionOf(entry: Entry): number {
  const key = keyOf(entry)
  const rest = Math.min(numbersBytes, entry.valueAt + entry.valueBytes - key.end)
  let at = entry.memory.find('value', key.end, rest)
  const end = at + rest
  while (at < end) {
    const found = entry.memory.bytes[at]
    if (found === tag.version) return varint(entry, at + 1, end)
    at += 1 + varintBytes(entry, at + 1, end)
  }
  throw noKeyValue(entry)
}

/** Where in its page the key lies that a client wrote. */
export function keyOf(entry: Entry): { readonly at: number; readonly end: number } {
  const bytes = Math.min(headBytes, entry.valueBytes)
  const head = entry.memory.find('value', entry.valueAt, bytes)
  if (entry.memory.bytes[head] !== tag.key) throw noKeyValue(entry)
  const at = entry.valueAt + 1 + varintBytes(entry, head + 1, head + bytes)
  const end = at + varint(entry, head + 1, head + bytes)
  if (end > entry.valueAt + entry.valueBytes) throw noKeyValue(entry)
  return { at, end }
}

function varint(entry: Entry, at: number, end: number): number {
  const bytes = varintBytes(entry, at, end)
  let value = 0
  for (let index = bytes - 1; index >= 0; index--) value = value * 128 + ((entry.memory.bytes[at + index] ?? 0) & 0x7f)
  return value
}

function varintBytes(entry: Entry, at: number, end: number): number {
  for (let last = at; last < end; last++) if ((entry.memory.bytes[last] ?? 0) < 0x80) return last - at + 1
  throw noKeyValue(entry)
}

function noKeyValue({ page }: Entry): Refusal {
  return damagedPage(page, 'an entry of etcd is not a KeyValue of its mvcc.proto')
}
