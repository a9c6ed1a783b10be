import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { EtcdBackupSchedule } from '../api/backups.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import { conditionTypes } from '../api/reasons.ts'

/** The operator's metrics; names begin with `etcd_operator_`, units are seconds and bytes. */
export interface Metrics {
  readonly registry: Registry
  /** `failure`: what kind of failure ended the pass, one of a few words; undefined when it went well. */
  passed(controller: string, durationMs: number, failure: string | undefined): void
  /** A request to the API server; `status` is undefined where no answer came. */
  requested(verb: string, resource: string, status: number | undefined): void
  /** Asked at every scrape: how many objects wait for a pass. */
  queuesFrom(source: () => Iterable<readonly [controller: string, queue: { readonly waiting: number }]>): void
  stepDone(action: string, durationMs: number): void
  stepFailed(of: OfCluster, action: string): void
  /** A pass ended because somebody else wrote in between. */
  raceLost(controller: string): void
  /** The conditions and the members of a cluster as they were written last. */
  observed(cluster: EtcdCluster): void
  forget(namespace: string, name: string): void
  backupDone(of: OfCluster, durationMs: number): void
  backupFailed(of: OfCluster): void
  /** Asked at every scrape, so that ages are right and deleted backups are forgotten. */
  newestBackupsFrom(source: () => readonly NewestBackup[]): void
  /** The status of a schedule; `missed` is how many runs this pass found that could not begin in time. */
  scheduleObserved(schedule: EtcdBackupSchedule, missed: number): void
  forgetSchedule(namespace: string, schedule: string): void
  /** A write about a user or a role was taken by etcd. */
  authWritten(of: OfCluster): void
  /** Whether an EtcdUser is ready, and when its certificate expires, in milliseconds since the epoch; undefined: it has none. */
  userObserved(of: OfCluster, user: string, seen: { readonly isReady: boolean; readonly expiry: number | undefined }): void
  forgetUser(namespace: string, user: string): void
  leading(isLeader: boolean): void
  /** Asked at every scrape. */
  scopesFrom(source: () => readonly WatchedScope[]): void
}

/** The labels of every metric that is about one cluster. */
export interface OfCluster {
  readonly namespace: string
  readonly cluster: string
}

/** A namespace that is watched (undefined: all), and whether it is looked after. */
export interface WatchedScope {
  readonly namespace: string | undefined
  readonly state: 'reading' | 'read' | 'refused'
}

/** The newest verified backup of a cluster. */
export interface NewestBackup extends OfCluster {
  readonly ageMs: number
  readonly bytes: number
}

/** `version` is the operator's own. */
export function createMetrics(version: string): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const ofCluster = ['namespace', 'cluster'] as const
  const passes = new Histogram({
    name: 'etcd_operator_pass_duration_seconds',
    help: 'Duration of a pass over one object.',
    labelNames: ['controller', 'result'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 1, 5, 30],
    registers,
  })
  const failedPasses = new Counter({
    name: 'etcd_operator_pass_failures_total',
    help: 'Passes that failed, by what kind of failure ended them; each is repeated.',
    labelNames: ['controller', 'failure'],
    registers,
  })
  const requests = new Counter({
    name: 'etcd_operator_api_requests_total',
    help: 'Requests to the API server, by its answer: an HTTP status, or none.',
    labelNames: ['verb', 'resource', 'code'],
    registers,
  })
  let queues: () => Iterable<readonly [controller: string, queue: { readonly waiting: number }]> = () => []
  new Gauge({
    name: 'etcd_operator_queue_depth',
    help: 'Objects that are due for a pass and wait for it.',
    labelNames: ['controller'],
    registers,
    collect() {
      for (const [controller, { waiting }] of queues()) this.set({ controller }, waiting)
    },
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
    labelNames: [...ofCluster, 'action'],
    registers,
  })
  const races = new Counter({
    name: 'etcd_operator_lost_races_total',
    help: 'Passes that ended because an object was written, created or deleted in between; each is repeated.',
    labelNames: ['controller'],
    registers,
  })
  const conditions = new Gauge({
    name: 'etcd_operator_cluster_condition',
    help: 'Conditions of a cluster: 1 True, 0 False, -1 Unknown.',
    labelNames: [...ofCluster, 'condition'],
    registers,
  })
  const members = new Gauge({
    name: 'etcd_operator_cluster_members',
    help: "Voters in etcd's own list.",
    labelNames: ofCluster,
    registers,
  })
  const readyMembers = new Gauge({
    name: 'etcd_operator_cluster_ready_members',
    help: 'Voters that serve clients.',
    labelNames: ofCluster,
    registers,
  })
  const expiries = new Gauge({
    name: 'etcd_operator_certificate_expiry_seconds',
    help: 'When the first certificate of the cluster expires, or with the label user that of an EtcdUser, in seconds since the epoch.',
    labelNames: [...ofCluster, 'user'],
    registers,
  })
  const backups = new Histogram({
    name: 'etcd_operator_backup_duration_seconds',
    help: 'Duration of a completed backup, from its start until its bytes were read back.',
    labelNames: ofCluster,
    buckets: [2, 5, 10, 30, 60, 300, 1800],
    registers,
  })
  const failedBackups = new Counter({
    name: 'etcd_operator_backup_failures_total',
    help: 'Backups that failed.',
    labelNames: ofCluster,
    registers,
  })
  let newest: () => readonly NewestBackup[] = () => []
  const backupSize = new Gauge({
    name: 'etcd_operator_backup_size_bytes',
    help: 'Size of the newest verified backup of a cluster.',
    labelNames: ofCluster,
    registers: [],
  })
  const backupAge = new Gauge({
    name: 'etcd_operator_backup_age_seconds',
    help: 'Age of the newest verified backup of a cluster.',
    labelNames: ofCluster,
    registers,
    // Size and age are set by one look at all backups.
    collect() {
      this.reset()
      backupSize.reset()
      for (const { namespace, cluster, ageMs, bytes } of newest()) {
        backupAge.set({ namespace, cluster }, ageMs / 1000)
        backupSize.set({ namespace, cluster }, bytes)
      }
    },
  })
  // Registered after the age: metrics are collected in this order, and collecting the age sets the size as well.
  registry.registerMetric(backupSize)
  const missed = new Counter({
    name: 'etcd_operator_schedule_missed_total',
    help: 'Runs of a backup schedule that could not begin before their deadline.',
    labelNames: [...ofCluster, 'schedule'],
    registers,
  })
  const stalled = new Gauge({
    name: 'etcd_operator_schedule_stalled',
    help: '1 while a backup schedule makes no backups before a person acts, else 0.',
    labelNames: [...ofCluster, 'schedule'],
    registers,
  })
  const leader = new Gauge({ name: 'etcd_operator_leader', help: '1 while this process holds the Lease.', registers })
  const build = new Gauge({
    name: 'etcd_operator_build_info',
    help: 'Always 1; the label has the version of the operator.',
    labelNames: ['version'],
    registers,
  })
  build.set({ version }, 1)
  let scopes: () => readonly WatchedScope[] = () => []
  new Gauge({
    name: 'etcd_operator_watched_namespace',
    help: '1 for a watched namespace that is looked after, 0 for one that is not read yet or may not be read; empty: all namespaces.',
    labelNames: ['watched'],
    registers,
    collect() {
      this.reset()
      for (const { namespace = '', state } of scopes()) this.set({ watched: namespace }, state === 'read' ? 1 : 0)
    },
  })
  /** The labels with which a schedule was reported last: spec.cluster may change. */
  const schedules = new Map<string, OfCluster & { readonly schedule: string }>()
  /** The failed actions of each cluster, by namespace and name: their series are removed with the cluster. */
  const authWrites = new Counter({
    name: 'etcd_operator_auth_writes_total',
    help: 'Writes about users and roles that etcd took; each raises its auth revision, and may fail requests that are under way.',
    labelNames: ofCluster,
    registers,
  })
  const readyUsers = new Gauge({
    name: 'etcd_operator_user_ready',
    help: 'Whether an EtcdUser is Ready.',
    labelNames: [...ofCluster, 'user'],
    registers,
  })
  /** By `namespace/name`: the labels can't be taken from an EtcdUser that is gone. */
  const users = new Map<string, OfCluster>()
  const failedActions = new Map<string, Set<string>>()
  const values = { True: 1, False: 0, Unknown: -1 } as const
  function forgetSchedule(key: string): void {
    const labels = schedules.get(key)
    schedules.delete(key)
    if (labels === undefined) return
    missed.remove({ ...labels })
    stalled.remove({ ...labels })
  }
  return {
    registry,
    passed(controller, durationMs, failure) {
      passes.observe({ controller, result: failure === undefined ? 'ok' : 'failed' }, durationMs / 1000)
      if (failure !== undefined) failedPasses.inc({ controller, failure })
    },
    requested: (verb, resource, status) => requests.inc({ verb, resource, code: status ?? 'none' }),
    queuesFrom(source) {
      queues = source
    },
    stepDone: (action, durationMs) => steps.observe({ action }, durationMs / 1000),
    stepFailed({ namespace, cluster }, action) {
      const key = `${namespace}/${cluster}`
      failedActions.set(key, (failedActions.get(key) ?? new Set()).add(action))
      failures.inc({ namespace, cluster, action })
    },
    raceLost: (controller) => races.inc({ controller }),
    observed(cluster) {
      const of = { namespace: cluster.metadata.namespace, cluster: cluster.metadata.name }
      for (const { type, status } of cluster.status?.conditions ?? []) conditions.set({ ...of, condition: type }, values[status])
      // There from the start: increase() doesn't see a counter's first value.
      failedBackups.inc(of, 0)
      members.set(of, cluster.status?.members ?? 0)
      readyMembers.set(of, cluster.status?.readyMembers ?? 0)
      const expiry = Date.parse(cluster.status?.tls?.nextExpiry ?? '')
      if (Number.isNaN(expiry)) expiries.remove(of)
      else expiries.set(of, expiry / 1000)
    },
    forget(namespace, name) {
      const of = { namespace, cluster: name }
      for (const condition of conditionTypes) conditions.remove({ ...of, condition })
      const key = `${namespace}/${name}`
      for (const action of failedActions.get(key) ?? []) failures.remove({ ...of, action })
      failedActions.delete(key)
      for (const metric of [failedBackups, members, readyMembers, expiries, backups, authWrites]) metric.remove(of)
    },
    backupDone: (of, durationMs) => backups.observe({ ...of }, durationMs / 1000),
    backupFailed: (of) => failedBackups.inc({ ...of }),
    newestBackupsFrom(source) {
      newest = source
    },
    scheduleObserved({ metadata: { namespace, name }, spec, status }, missedRuns) {
      const key = `${namespace}/${name}`
      const before = schedules.get(key)
      if (before !== undefined && before.cluster !== spec.cluster) forgetSchedule(key)
      const labels = { namespace, cluster: spec.cluster, schedule: name }
      schedules.set(key, labels)
      // There from the start: increase() doesn't see a counter's first value.
      missed.inc(labels, missedRuns)
      const isStalled = status?.conditions?.some((condition) => condition.type === 'Stalled' && condition.status === 'True')
      stalled.set(labels, isStalled ? 1 : 0)
    },
    forgetSchedule: (namespace, schedule) => forgetSchedule(`${namespace}/${schedule}`),
    authWritten: (of) => authWrites.inc({ ...of }),
    userObserved(of, user, { isReady, expiry }) {
      users.set(`${of.namespace}/${user}`, of)
      readyUsers.set({ ...of, user }, isReady ? 1 : 0)
      if (expiry === undefined) expiries.remove({ ...of, user })
      else expiries.set({ ...of, user }, expiry / 1000)
    },
    forgetUser(namespace, user) {
      const of = users.get(`${namespace}/${user}`)
      users.delete(`${namespace}/${user}`)
      for (const metric of [readyUsers, expiries]) if (of !== undefined) metric.remove({ ...of, user })
    },
    leading: (isLeader) => leader.set(isLeader ? 1 : 0),
    scopesFrom(source) {
      scopes = source
    },
  }
}
