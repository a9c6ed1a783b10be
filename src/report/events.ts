import { apiVersion, type EtcdCluster, type ResourceMeta } from '../api/etcd-cluster.ts'
import type { Reason } from '../api/reasons.ts'
import type { EndedStep } from '../model/cluster/long-steps.ts'
import type { EventDraft } from '../model/event.ts'
import { formatBytes } from '../model/quantity.ts'
import type { Decision } from '../plan/cluster/step.ts'

/** The text of an Event. */
export interface EventText {
  readonly type: EventDraft['type']
  readonly reason: string
  /** What the operator did: a word in CamelCase. */
  readonly action: string
  readonly note: string
}

/** The object that an Event is about. */
export interface Regarded {
  readonly kind: 'EtcdCluster' | 'EtcdBackup' | 'EtcdBackupSchedule' | 'EtcdRestore' | 'EtcdUser'
  readonly object: { readonly metadata: ResourceMeta }
}

/** One Event per step that was carried out, with its duration. */
export function stepEvent(cluster: EtcdCluster, decision: Extract<Decision, { kind: 'step' }>, durationMs: number): EventDraft {
  const note = `${decision.message} (${(durationMs / 1000).toFixed(1)} s)`
  const type = decision.reason === 'WishNotFulfilled' ? 'Warning' : 'Normal'
  return eventAbout({ kind: 'EtcdCluster', object: cluster }, { type, reason: decision.reason, action: decision.step.do, note })
}

/** One Event when a step of minutes has ended, with what it has won. */
export function longStepEvent(cluster: EtcdCluster, ended: EndedStep): EventDraft {
  const { do: action, member, failure, startedAt, endedAt, bytesBefore, after, revision } = ended
  const took = `${((endedAt - startedAt) / 1000).toFixed(1)} s`
  const regarded = { kind: 'EtcdCluster', object: cluster } as const
  if (failure !== undefined) {
    const what = action === 'Defragment' ? 'could not be defragmented' : 'could not remove old revisions'
    const reason: Reason = action === 'Defragment' ? 'DefragmentationFailed' : 'FreeingSpace'
    return eventAbout(regarded, { type: 'Warning', reason, action, note: `${member} ${what}: ${failure} (${took})` })
  }
  const inUse = after === undefined ? '' : `: ${formatBytes(after.bytesInUse)} of ${formatBytes(after.bytes)} are in use`
  if (action === 'Compact')
    return eventAbout(regarded, {
      type: 'Normal',
      reason: 'FreeingSpace',
      action,
      note: `${member} has no revisions before ${revision} any more${inUse} (${took})`,
    })
  const won = after === undefined ? '' : `: its database file went from ${formatBytes(bytesBefore)} to ${formatBytes(after.bytes)}`
  return eventAbout(regarded, { type: 'Normal', reason: 'Defragmented', action, note: `${member} was defragmented${won} (${took})` })
}

/** One Event when a member that was restarted serves again. */
export function memberUpdatedEvent(cluster: EtcdCluster, member: string, awayMs: number): EventDraft {
  const note = `${member} serves again with what it should run (${seconds(awayMs)})`
  return eventAbout({ kind: 'EtcdCluster', object: cluster }, { type: 'Normal', reason: 'MemberUpdated', action: 'Restart', note })
}

/** One Event when a roll has reached every member. */
export function rolledEvent(cluster: EtcdCluster, members: number, what: string, tookMs: number): EventDraft {
  const note = `${members} of ${members} members updated: ${what} (${seconds(tookMs)})`
  return eventAbout({ kind: 'EtcdCluster', object: cluster }, { type: 'Normal', reason: 'RolledOut', action: 'Restart', note })
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** One Event when the operator stops and needs a person. */
export function blockEvent(cluster: EtcdCluster, { reason, message }: Extract<Decision, { kind: 'block' }>): EventDraft {
  return eventAbout({ kind: 'EtcdCluster', object: cluster }, { type: 'Warning', reason, action: 'Block', note: message })
}

/** One Event when a hint begins. */
export function hintEvent(cluster: EtcdCluster, { reason, message }: { readonly reason: string; readonly message: string }): EventDraft {
  return eventAbout({ kind: 'EtcdCluster', object: cluster }, { type: 'Warning', reason, action: 'Measure', note: message })
}

export function eventAbout({ kind, object }: Regarded, { type, reason, action, note }: EventText): EventDraft {
  const { name, namespace, uid, resourceVersion } = object.metadata
  return {
    object: { apiVersion, kind, name, namespace, uid, resourceVersion },
    type,
    reason,
    action,
    note: shortened(note),
  }
}

/** The API server refuses messages over 1024 bytes. */
function shortened(note: string): string {
  const bytes = new TextEncoder().encode(note)
  return bytes.length <= maxBytes ? note : new TextDecoder().decode(bytes.subarray(0, maxBytes)).replace(/\uFFFD+$/, '')
}

const maxBytes = 1000
