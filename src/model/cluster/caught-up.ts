import { podOf, raftLag } from './members.ts'
import type { ClusterView, OurMember } from './view.ts'

/** Entries that a busy cluster writes between the answers of two members to one question, at the most. */
const busyEntries = 1_000
/** By then a member has received what it missed: more that it lacks is what was written since the leader was asked. */
const runningMs = 30_000

/**
 * Whether a member has the leader's log, but for so many entries. Members are asked at slightly different moments, so under heavy load no
 * member ever seems to have the newest entries: one that has run for a while may lack more.
 */
export function hasCaughtUp(view: ClusterView, member: OurMember, entries: number): boolean {
  const lag = raftLag(view, member) ?? Number.POSITIVE_INFINITY
  const etcd = podOf(view, member.name)?.etcd
  const isLongRunning = etcd?.state === 'running' && view.now - etcd.since >= runningMs
  return lag <= (isLongRunning ? busyEntries : entries)
}
