import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import { conditionTypes } from '../api/reasons.ts'

/** The operator's metrics; names begin with `etcd_operator_`, units are seconds and bytes. */
export interface Metrics {
  readonly registry: Registry
  passed(controller: string, durationMs: number, failed: boolean): void
  stepDone(action: string, durationMs: number): void
  stepFailed(action: string): void
  /** The conditions of a cluster as they were written last. */
  observed(cluster: EtcdCluster): void
  forget(namespace: string, name: string): void
  leading(isLeader: boolean): void
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const passes = new Histogram({
    name: 'etcd_operator_pass_duration_seconds',
    help: 'Duration of a pass over one object.',
    labelNames: ['controller', 'result'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 1, 5, 30],
    registers,
  })
  const steps = new Histogram({
    name: 'etcd_operator_step_duration_seconds',
    help: 'Duration of a step, from its announcement to the reply.',
    labelNames: ['action'],
    buckets: [0.02, 0.05, 0.1, 0.25, 1, 5],
    registers,
  })
  const failures = new Counter({
    name: 'etcd_operator_step_failures_total',
    help: 'Steps that failed; each is looked at again and repeated where it is still due.',
    labelNames: ['action'],
    registers,
  })
  const conditions = new Gauge({
    name: 'etcd_operator_cluster_condition',
    help: 'Conditions of a cluster: 1 True, 0 False, -1 Unknown.',
    labelNames: ['namespace', 'name', 'condition'],
    registers,
  })
  const leader = new Gauge({ name: 'etcd_operator_leader', help: '1 while this process holds the Lease.', registers })
  const values = { True: 1, False: 0, Unknown: -1 } as const
  return {
    registry,
    passed: (controller, durationMs, failed) => passes.observe({ controller, result: failed ? 'failed' : 'ok' }, durationMs / 1000),
    stepDone: (action, durationMs) => steps.observe({ action }, durationMs / 1000),
    stepFailed: (action) => failures.inc({ action }),
    observed(cluster) {
      const { namespace, name } = cluster.metadata
      for (const { type, status } of cluster.status?.conditions ?? []) conditions.set({ namespace, name, condition: type }, values[status])
    },
    forget(namespace, name) {
      for (const condition of conditionTypes) conditions.remove({ namespace, name, condition })
    },
    leading: (isLeader) => leader.set(isLeader ? 1 : 0),
  }
}
