import { damagedPage } from './damage.ts'
import type { Pages } from './pages.ts'
import { type Bucket, type Entry, walkBucket } from './walk-bucket.ts'

/** State of the cluster that etcd stores beside the keys, and that is still there after a restore. */
export interface ClusterState {
  /** Authentication is on: etcd refuses clients without a user. */
  readonly isAuthEnabled: boolean
  /** The CORRUPT alarm is raised: the data of the members differ. */
  readonly isCorrupt: boolean
}

/** etcd's own names and values (server/storage/schema: auth.go, alarm.go), the same from 3.5 to 3.7. */
const enabledKey = 'authEnabled'
const corruptAlarm = 2

/** Reads these small buckets; a bucket is undefined where an old etcd did not create it. */
export function readClusterState(pages: Pages, auth: Bucket | undefined, alarm: Bucket | undefined): ClusterState {
  const found = { isAuthEnabled: false, isCorrupt: false }
  if (auth !== undefined)
    walkBucket(pages, auth, (entry) => {
      if (keyOf(entry).toString('latin1') === enabledKey) found.isAuthEnabled = firstByteOf(entry) === 1
    })
  if (alarm !== undefined)
    walkBucket(pages, alarm, (entry) => {
      if (alarmIn(entry) === corruptAlarm) found.isCorrupt = true
    })
  return found
}

/** The key is an AlarmMember: two numbers of variable length, the member's ID (field 1) and the alarm (field 2). */
function alarmIn(entry: Entry): number {
  const key = keyOf(entry)
  let at = 0
  while (at < key.length) {
    const field = key.readUInt8(at++) >> 3
    const begin = at
    while (at < key.length && key.readUInt8(at) >= 0x80) at++
    if (at === key.length) throw damagedPage(entry.page, 'an alarm is cut')
    if (field === 2) return key.readUInt8(begin)
    at++
  }
  return 0
}

function keyOf({ memory, keyAt, keyBytes }: Entry): Buffer {
  return Buffer.from(memory.bytes.subarray(keyAt, keyAt + keyBytes))
}

function firstByteOf({ memory, valueAt, valueBytes }: Entry): number | undefined {
  return valueBytes === 0 ? undefined : memory.bytes[memory.find('value', valueAt, 1)]
}
