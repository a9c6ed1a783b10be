import { Refusal } from '../refusal.ts'
import { type ClusterState, readClusterState } from './cluster-state.ts'
import { countKeys, type KeyCount } from './count-keys.ts'
import { countOneByOne } from './count-one-by-one.ts'
import type { Meta } from './meta-page.ts'
import { checkAllAccounted, openPages } from './pages.ts'
import { readStoreMeta, type StoreMeta } from './store-meta.ts'
import { type Bucket, walkBucket } from './walk-bucket.ts'

/** What an etcd database holds. */
export interface Contents extends StoreMeta, KeyCount, ClusterState {}

/**
 * Reads every page that is in use, and checks all of them.
 *
 * @throws Refusal `SnapshotDamaged`, `NotASnapshot` when it is a database of something else
 */
export function readContents(fd: number, meta: Meta): Contents {
  const pages = openPages(fd, meta)
  const buckets = walkBucket(pages, { name: 'root', place: { root: meta.root } }, () => {})
  const store = readStoreMeta(pages, bucketOf(buckets, 'meta'))
  const keys = bucketOf(buckets, 'key')
  const count = countKeys(pages, keys, store)

  const [auth, alarm] = ['auth', 'alarm'].map((name) => buckets.find((bucket) => bucket.name === name))
  const state = readClusterState(pages, auth, alarm)

  const others = buckets.filter(({ name }) => !read.has(name))
  for (let bucket = others.pop(); bucket !== undefined; bucket = others.pop()) others.push(...walkBucket(pages, bucket, () => {}))
  checkAllAccounted(pages)
  if (store.scheduled <= store.compacted) return { ...store, ...count, ...state }
  return { ...store, ...count, ...state, keys: countOneByOne(count.puts, (visit) => walkBucket(openPages(fd, meta), keys, visit)) }
}

const read: ReadonlySet<string> = new Set(['meta', 'key', 'auth', 'alarm'])

function bucketOf(buckets: readonly Bucket[], name: string): Bucket {
  const found = buckets.find((bucket) => bucket.name === name)
  if (found === undefined) throw new Refusal('NotASnapshot', `the file is a bbolt database, but not of etcd: it has no bucket ${name}`)
  return found
}
