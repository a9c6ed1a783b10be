import type { Family } from '../family.ts'

/** The operator's own work. Every replica tells of it; a replica that does not lead has no passes, steps and queues. */
export const ownWorkFamilies = {
  leader: {
    name: 'etcd_operator_leader',
    type: 'gauge',
    labels: [],
    help: '1 while this process holds the Lease, else 0.',
    advice: 'Where no replica says 1 for some minutes, nobody looks after the clusters',
  },
  buildInfo: {
    name: 'etcd_operator_build_info',
    type: 'gauge',
    labels: ['version'],
    help: "Always 1; the label has the operator's version.",
  },
  watchedNamespace: {
    name: 'etcd_operator_watched_namespace',
    type: 'gauge',
    labels: ['watched'],
    help: '1 for a watched namespace that is looked after, 0 for one that is not read yet or may not be read. Without a label: all namespaces.',
  },
  passDuration: {
    name: 'etcd_operator_pass_duration_seconds',
    type: 'histogram',
    labels: ['controller', 'result'],
    help: 'Duration of a pass (a reconciliation) over one object; result is ok or failed.',
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 1, 5, 30],
  },
  passFailures: {
    name: 'etcd_operator_pass_failures_total',
    type: 'counter',
    labels: ['controller', 'failure'],
    help: 'Passes that failed, by what kind of failure ended them; each is repeated.',
    advice: '`conflict`, `unavailable`, `timeout`, `rejected`, `forbidden`, `not-found`, `untrusted`, `bug` or `other`',
  },
  lostRaces: {
    name: 'etcd_operator_lost_races_total',
    type: 'counter',
    labels: ['controller'],
    help: 'Passes that ended because an object was written, created or deleted in between; each is repeated.',
    advice: 'Now and then is normal; many in a row are also logged',
  },
  queueDepth: {
    name: 'etcd_operator_queue_depth',
    type: 'gauge',
    labels: ['controller'],
    help: 'Objects that are due for a pass and wait for it.',
    advice: 'Above 0 for long, the operator has too little CPU',
  },
  stepDuration: {
    name: 'etcd_operator_step_duration_seconds',
    type: 'histogram',
    labels: ['action'],
    help: 'Duration of a step that was carried out, from its announcement to the reply.',
    buckets: [0.02, 0.05, 0.1, 0.25, 1, 5],
  },
  apiRequests: {
    name: 'etcd_operator_api_requests_total',
    type: 'counter',
    labels: ['verb', 'resource', 'code'],
    help: 'Requests to the API server, by its answer: an HTTP status, or none.',
  },
} as const satisfies Readonly<Record<string, Family>>
