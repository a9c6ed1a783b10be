import type { ClusterView, PodFacts } from './view.ts'

/** etcd has either exited by then, or opened its volume and its peer port, and been told what its leader remembers of it. */
const trialMs = 30_000

/** Whether the pod's process has outlived the time in which one with a lost, unreadable or forgotten log exits. */
export function staysUp({ now }: ClusterView, { etcd }: Pick<PodFacts, 'etcd'>): boolean {
  return etcd.state === 'running' && now - etcd.since >= trialMs
}
