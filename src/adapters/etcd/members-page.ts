/**
 * Finds the members that an etcd has stored in its own database, while the database arrives page by page, in one pass and with little memory:
 *
 *   meta page -> page of the root bucket -> page of the bucket `members`, or that page inside the root's
 *
 * A page may arrive before it is known what it is for, so every page that looks like one of the bucket's is kept until the root's has
 * arrived. Freed pages keep what they held: only the way from the root tells which page counts.
 */

/** A row of the bucket `members` (server/storage/schema/membership.go, the same from 3.5 to 3.7). */
export interface StoredMember {
  /** In hex, as etcdctl prints it. */
  readonly id: string
  readonly isLearner: boolean
}

export interface MembersReader {
  /** Takes the next bytes of the database; returns the members once they are known. */
  take(bytes: Uint8Array): readonly StoredMember[] | undefined
}

/** bbolt's page sizes, and where in a page and its elements what is (bbolt, internal/common/page.go and meta.go). */
const [smallestPage, largestPage] = [1024, 64 * 1024]
const magic = 0xed0cdaed
const leafFlag = 0x02
const bucketFlag = 0x01
const pageHeader = 16
const elementBytes = 16
const bucketHeader = 16
/** Each change of the members writes another page, and the old ones are soon used for something else. */
const maxKept = 64

/** @throws RangeError where the bytes are no database of etcd, or one that is laid out in another way than etcd's */
export function membersReader(): MembersReader {
  let page = Buffer.alloc(smallestPage)
  let filled = 0
  let number = 0
  let newest = { transaction: -1n, root: 0 }
  let membersPage: number | undefined
  const kept = new Map<number, Buffer>()

  function read(): readonly StoredMember[] | undefined {
    if (number < 2) {
      const meta = readMeta(page)
      if (meta.transaction > newest.transaction) newest = meta
      return undefined
    }
    if (number === newest.root) {
      const found = findBucket(page)
      if (!('page' in found)) return found.members
      membersPage = found.page
      const early = kept.get(membersPage)
      return early === undefined ? undefined : readMembers(early, membersPage)
    }
    if (number === membersPage) return readMembers(page, number)
    if (membersPage === undefined && looksLikeMembers(page, number)) {
      if (kept.size >= maxKept) throw new RangeError('too many pages look like those with members')
      kept.set(number, Buffer.from(page))
    }
    return undefined
  }

  return {
    take(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const room = Math.min(page.length - filled, bytes.length - at)
        page.set(bytes.subarray(at, at + room), filled)
        at += room
        filled += room
        if (filled < page.length) continue
        if (number === 0 && page.length === smallestPage && pageSizeOf(page) > smallestPage) {
          const larger = Buffer.alloc(pageSizeOf(page))
          larger.set(page)
          page = larger
          continue
        }
        const members = read()
        if (members !== undefined) return members
        filled = 0
        number += 1
      }
      return undefined
    },
  }
}

function pageSizeOf(first: Buffer): number {
  const size = first.readUInt32LE(pageHeader + 8)
  if (first.readUInt32LE(pageHeader) !== magic || size < smallestPage || size > largestPage || (size & (size - 1)) !== 0)
    throw new RangeError('this is no database of etcd')
  return size
}

function readMeta(page: Buffer): { readonly transaction: bigint; readonly root: number } {
  if (page.readUInt32LE(pageHeader) !== magic) return { transaction: -1n, root: 0 }
  return { transaction: page.readBigUInt64LE(pageHeader + 48), root: Number(page.readBigUInt64LE(pageHeader + 16)) }
}

/** The page of the bucket `members`, or its members where it is stored inside the root's page. */
function findBucket(root: Buffer): { readonly page: number } | { readonly members: readonly StoredMember[] } {
  for (const { key, value, flags } of elementsOf(root)) {
    if (flags !== bucketFlag || key.toString('latin1') !== 'members') continue
    const page = Number(value.readBigUInt64LE(0))
    return page === 0 ? { members: membersIn(value.subarray(bucketHeader)) } : { page }
  }
  throw new RangeError('the database has no bucket members')
}

function readMembers(page: Buffer, number: number): readonly StoredMember[] {
  if (Number(page.readBigUInt64LE(0)) !== number) throw new RangeError(`page ${number} says that it is another page`)
  return membersIn(page)
}

function membersIn(page: Buffer): readonly StoredMember[] {
  return elementsOf(page).map(({ key, value }) => {
    const text = key.toString('latin1')
    const row: unknown = JSON.parse(value.toString('utf8'))
    if (!isMemberKey(text) || typeof row !== 'object' || row === null) throw new RangeError('a row of the bucket members is no member')
    return { id: text, isLearner: 'isLearner' in row && row.isLearner === true }
  })
}

function looksLikeMembers(page: Buffer, number: number): boolean {
  if (page.readUInt16LE(8) !== leafFlag || page.readUInt16LE(10) === 0 || Number(page.readBigUInt64LE(0)) !== number) return false
  try {
    const [first] = elementsOf(page)
    return first !== undefined && isMemberKey(first.key.toString('latin1')) && first.value.toString('latin1', 0, 5) === '{"id"'
  } catch {
    return false
  }
}

function isMemberKey(text: string): boolean {
  return /^[1-9a-f][0-9a-f]{0,15}$/.test(text)
}

interface Element {
  readonly flags: number
  readonly key: Buffer
  readonly value: Buffer
}

/** @throws RangeError for a page that is not one leaf: etcd has about a dozen buckets, and less than twenty members. */
function elementsOf(page: Buffer): readonly Element[] {
  if (page.readUInt16LE(8) !== leafFlag || page.readUInt32LE(12) !== 0) throw new RangeError('a page is not a single leaf')
  return Array.from({ length: page.readUInt16LE(10) }, (_, index) => {
    const at = pageHeader + index * elementBytes
    const start = at + page.readUInt32LE(at + 4)
    const middle = start + page.readUInt32LE(at + 8)
    const end = middle + page.readUInt32LE(at + 12)
    if (end > page.length) throw new RangeError('an element lies outside of its page')
    return { flags: page.readUInt32LE(at), key: page.subarray(start, middle), value: page.subarray(middle, end) }
  })
}
