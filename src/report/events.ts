import { apiVersion, type EtcdCluster, type ResourceMeta } from '../api/etcd-cluster.ts'
import type { EventDraft } from '../model/event.ts'
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
  readonly kind: 'EtcdCluster' | 'EtcdBackup' | 'EtcdBackupSchedule' | 'EtcdRestore'
  readonly object: { readonly metadata: ResourceMeta }
}

/** One Event per step that was carried out, with its duration. */
export function stepEvent(cluster: EtcdCluster, decision: Extract<Decision, { kind: 'step' }>, durationMs: number): EventDraft {
  const note = `${decision.message} (${(durationMs / 1000).toFixed(1)} s)`
  return eventAbout({ kind: 'EtcdCluster', object: cluster }, { type: 'Normal', reason: decision.reason, action: decision.step.do, note })
}

/** One Event when the operator stops and needs a person. */
export function blockEvent(cluster: EtcdCluster, { reason, message }: Extract<Decision, { kind: 'block' }>): EventDraft {
  return eventAbout({ kind: 'EtcdCluster', object: cluster }, { type: 'Warning', reason, action: 'Block', note: message })
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
