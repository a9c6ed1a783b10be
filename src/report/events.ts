import { apiVersion, type EtcdCluster, type ResourceMeta } from '../api/etcd-cluster.ts'
import type { Decision } from '../plan/cluster/step.ts'

/** An Event about an object of the operator's own kinds (events.k8s.io/v1), as JSON. */
export interface EventDraft {
  readonly metadata: { readonly generateName: string; readonly namespace: string }
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note: string
  readonly regarding: object
}

/** One Event per step that was carried out, with its duration. */
export function stepEvent(cluster: EtcdCluster, decision: Extract<Decision, { kind: 'step' }>, durationMs: number): EventDraft {
  const note = `${decision.message} (${(durationMs / 1000).toFixed(1)} s)`
  return eventAbout('EtcdCluster', cluster, 'Normal', decision.reason, decision.step.do, note)
}

/** One Event when the operator stops and needs a person. */
export function blockEvent(cluster: EtcdCluster, decision: Extract<Decision, { kind: 'block' }>): EventDraft {
  return eventAbout('EtcdCluster', cluster, 'Warning', decision.reason, 'Block', decision.message)
}

/** `action` is what the operator did: a word in CamelCase. */
export function eventAbout(
  kind: 'EtcdCluster' | 'EtcdBackup' | 'EtcdBackupSchedule' | 'EtcdRestore',
  object: { readonly metadata: ResourceMeta },
  type: EventDraft['type'],
  reason: string,
  action: string,
  note: string,
): EventDraft {
  const { name, namespace, uid, resourceVersion } = object.metadata
  return {
    metadata: { generateName: `${name}-`, namespace },
    type,
    reason,
    action,
    note: shortened(note),
    regarding: { apiVersion, kind, name, namespace, uid, resourceVersion },
  }
}

/** The API server refuses notes over 1024 bytes (events.k8s.io/v1). */
function shortened(note: string): string {
  const bytes = new TextEncoder().encode(note)
  return bytes.length <= mostBytes ? note : new TextDecoder().decode(bytes.subarray(0, mostBytes)).replace(/\uFFFD+$/, '')
}

const mostBytes = 1000
