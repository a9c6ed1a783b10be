import { damagedPage } from './damage.ts'
import { compareKey, type KeyPlace, keptKey } from './key-order.ts'
import { maxHeldBytes, type PageMemory, pageMemory, pieceBytes } from './page-memory.ts'
import { claimPage, kind, type PageHeader, type Pages, pageHeaderBytes, u64 } from './pages.ts'

/** A bucket is a tree of pages of its own or, when it is small, a page inside its parent's. */
export interface Bucket {
  readonly name: string
  readonly place: { readonly root: number } | { readonly inline: Uint8Array; readonly page: number }
}

/** An entry of a bucket. The same object is reused for the next entry: it is valid until the visitor returns. */
export interface Entry {
  readonly page: number
  readonly memory: PageMemory
  /** Where in `memory.bytes` the key is. */
  readonly keyAt: number
  readonly keyBytes: number
  /** Where in the page the value begins; `memory.find` tells where in `memory.bytes` a part of it is. */
  readonly valueAt: number
  readonly valueBytes: number
}

/** A branch has at least two children, so a tree of this depth would not fit on any disk. */
const deepest = 48
const elementBytes = 16
/** A bucket's value: its root page, or 0 and the page itself behind these bytes. */
const bucketHeaderBytes = 16
/** etcd has about a dozen. */
const maxBuckets = 1000

/**
 * Goes through a bucket from its first key to its last, and checks on the way what bbolt's own check does: every page is
 * used once and lies inside the file, its number and kind are right, every element lies inside its page, every key is above
 * the one before it and not below what the branch above promises.
 *
 * @returns the buckets inside it
 * @throws Refusal `SnapshotDamaged`
 */
export function walkBucket(pages: Pages, bucket: Bucket, visit: (entry: Entry) => void): readonly Bucket[] {
  const { source, meta } = pages
  const memories: PageMemory[] = []
  const inside: Bucket[] = []
  const last = keptKey(pieceBytes)
  const entry = { page: 0, memory: memoryAt(0), keyAt: 0, keyBytes: 0, valueAt: 0, valueBytes: 0 }

  if ('root' in bucket.place) walkPage(bucket.place.root, 0, undefined)
  else walkInline(bucket.place.page, bucket.place.inline)
  return inside

  function walkPage(page: number, depth: number, lowest: KeyPlace | undefined): void {
    if (depth === deepest) throw damagedPage(page, `it lies ${deepest} branches deep`)
    if (page < 2 || page >= meta.end) throw damagedPage(page, `a bucket uses it, but the pages are 2 to ${meta.end - 1}`)
    const memory = memoryAt(depth)
    memory.load(page)
    const header = claimPage(pages, memory.view, page)
    const bytes = (header.overflow + 1) * meta.pageSize
    if (header.overflow > 0) memory.extend(bytes)
    if (header.kind === kind.leaf) walkLeaf(memory, header, bytes, lowest)
    else if (header.kind === kind.branch) walkBranch(memory, header, bytes, depth, lowest)
    else throw damagedPage(page, `flags 0x${header.kind.toString(16)}, neither branch nor leaf`)
  }

  function walkInline(page: number, inline: Uint8Array): void {
    const memory = memoryAt(0)
    memory.take(inline)
    const [flags, count] = [memory.view.getUint16(8, true), memory.view.getUint16(10, true)]
    if (inline.length < pageHeaderBytes || flags !== kind.leaf) throw damagedPage(page, `the bucket ${bucket.name} in it is not a leaf`)
    walkLeaf(memory, { page, kind: flags, count, overflow: 0 }, inline.length, undefined)
  }

  function walkBranch(memory: PageMemory, header: PageHeader, bytes: number, depth: number, lowest: KeyPlace | undefined): void {
    const table = tableEnd(header, bytes)
    if (header.count === 0) throw damagedPage(header.page, 'a branch without elements')
    for (let index = 0; index < header.count; index++) {
      const element = pageHeaderBytes + index * elementBytes
      const at = element + memory.view.getUint32(element, true)
      const length = memory.view.getUint32(element + 4, true)
      checkPlace(header, index, at, length, 0, table, bytes)
      const keyAt = memory.find('key', at, length)
      checkOrder(header, index, memory, keyAt, length, lowest)
      walkPage(u64(memory.view, element + 8), depth + 1, { bytes: memory.bytes, at: keyAt, length })
    }
  }

  function walkLeaf(memory: PageMemory, header: PageHeader, bytes: number, lowest: KeyPlace | undefined): void {
    const table = tableEnd(header, bytes)
    const { view } = memory
    entry.page = header.page
    entry.memory = memory
    for (let index = 0; index < header.count; index++) {
      const element = pageHeaderBytes + index * elementBytes
      const flags = view.getUint32(element, true)
      const at = element + view.getUint32(element + 4, true)
      entry.keyBytes = view.getUint32(element + 8, true)
      entry.valueAt = at + entry.keyBytes
      entry.valueBytes = view.getUint32(element + 12, true)
      checkPlace(header, index, at, entry.keyBytes, entry.valueBytes, table, bytes)
      entry.keyAt = memory.find('key', at, entry.keyBytes)
      checkOrder(header, index, memory, entry.keyAt, entry.keyBytes, lowest)
      last.keep(memory.bytes, entry.keyAt, entry.keyBytes)
      if (flags === 0) visit(entry)
      else if (flags === 1 && inside.length < maxBuckets) inside.push(readBucket(entry))
      else throw damagedPage(header.page, flags === 1 ? 'more buckets than etcd has' : `element ${index} has flags 0x${flags.toString(16)}`)
    }
  }

  /** `lowest`: the key that the branch above gives for this page. */
  function checkOrder(header: PageHeader, index: number, memory: PageMemory, at: number, length: number, lowest?: KeyPlace): void {
    if (index > 0 && compareKey(last, memory.bytes, at, length) >= 0)
      throw damagedPage(header.page, `key ${index} is not above the one before it`)
    if (index === 0 && lowest !== undefined && compareKey(lowest, memory.bytes, at, length) > 0)
      throw damagedPage(header.page, 'its first key is below the one that the branch above gives for it')
  }

  function memoryAt(depth: number): PageMemory {
    memories[depth] ??= pageMemory(source)
    return memories[depth]
  }
}

/** Where the elements end and keys may begin. Pages of many pieces have few elements: bbolt splits all others. */
function tableEnd({ page, count }: PageHeader, bytes: number): number {
  const end = pageHeaderBytes + count * elementBytes
  if (end > Math.min(bytes, maxHeldBytes)) throw damagedPage(page, `${count} elements don't fit into ${bytes} bytes`)
  return end
}

function checkPlace({ page }: PageHeader, index: number, at: number, keyBytes: number, valueBytes: number, from: number, to: number): void {
  if (keyBytes === 0 || keyBytes > pieceBytes) throw damagedPage(page, `the key of element ${index} has ${keyBytes} bytes`)
  if (at < from || at + keyBytes + valueBytes > to)
    throw damagedPage(
      page,
      `element ${index} takes the bytes ${at} to ${at + keyBytes + valueBytes}, which are outside of ${from} to ${to}`,
    )
}

/** Inline pages are at most a quarter of a page. */
function readBucket({ page, memory, keyAt, keyBytes, valueAt, valueBytes }: Entry): Bucket {
  const name = Buffer.from(memory.bytes.subarray(keyAt, keyAt + keyBytes)).toString('utf8')
  if (valueBytes < bucketHeaderBytes || valueBytes > pieceBytes) throw damagedPage(page, `the bucket ${name} takes ${valueBytes} bytes`)
  const at = memory.find('value', valueAt, valueBytes)
  const root = u64(memory.view, at)
  if (root !== 0) return { name, place: { root } }
  return { name, place: { inline: memory.bytes.slice(at + bucketHeaderBytes, at + valueBytes), page } }
}
