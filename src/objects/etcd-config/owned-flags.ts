const setBy = (field: string) => `set spec.etcd.${field} instead`
const wiring = 'the operator sets it, because members, Services and probes depend on it'
const membership = 'the operator decides it, because a wrong value can split or lose the cluster'
const notYet = 'TLS and authentication of the cluster are not supported yet'
const gone = 'it belongs to the v2 API, which etcd 3.6 has removed'
const logs = 'logs go to standard error, where the operator and Kubernetes read them'

const insteadOf: Readonly<Record<string, string>> = {
  'auto-compaction-mode': setBy('autoCompaction.mode'),
  'auto-compaction-retention': setBy('autoCompaction.retention'),
  'election-timeout': setBy('electionTimeout'),
  'heartbeat-interval': setBy('heartbeatInterval'),
  'quota-backend-bytes': setBy('quotaBackendBytes'),
  'snapshot-count': setBy('snapshotCount'),

  'advertise-client-urls': wiring,
  'config-file': wiring,
  'data-dir': wiring,
  'initial-advertise-peer-urls': wiring,
  'listen-client-http-urls': wiring,
  'listen-client-urls': wiring,
  'listen-metrics-urls': wiring,
  'listen-peer-urls': wiring,
  name: wiring,
  'socket-reuse-address': wiring,
  'socket-reuse-port': wiring,
  'wal-dir': wiring,

  discovery: membership,
  'discovery-endpoints': membership,
  'discovery-fallback': membership,
  'discovery-proxy': membership,
  'discovery-srv': membership,
  'discovery-srv-name': membership,
  'discovery-token': membership,
  'force-new-cluster': membership,
  'initial-cluster': membership,
  'initial-cluster-state': membership,
  'initial-cluster-token': membership,
  'max-learners': membership,
  'strict-reconfig-check': membership,

  'experimental-compact-hash-check-enabled': 'it is always on',
  'experimental-initial-corrupt-check': 'it is always on',
  'unsafe-no-fsync': 'a member that loses power would lose acknowledged writes',

  'auth-token': notYet,
  'auto-tls': notYet,
  'cert-file': notYet,
  'cipher-suites': notYet,
  'client-cert-allowed-hostname': notYet,
  'client-cert-auth': notYet,
  'client-cert-file': notYet,
  'client-crl-file': notYet,
  'client-key-file': notYet,
  'key-file': notYet,
  'peer-auto-tls': notYet,
  'peer-cert-allowed-cn': notYet,
  'peer-cert-allowed-hostname': notYet,
  'peer-cert-file': notYet,
  'peer-client-cert-auth': notYet,
  'peer-client-cert-file': notYet,
  'peer-client-key-file': notYet,
  'peer-crl-file': notYet,
  'peer-key-file': notYet,
  'peer-trusted-ca-file': notYet,
  'self-signed-cert-validity': notYet,
  'tls-max-version': notYet,
  'tls-min-version': notYet,
  'trusted-ca-file': notYet,

  'enable-v2': gone,
  'experimental-enable-v2v3': gone,
  proxy: gone,
  'v2-deprecation': gone,

  'enable-log-rotation': logs,
  'log-outputs': logs,
  'log-rotation-config-json': logs,
  logger: logs,
}

/** Flags that `extraArgs` can't set. The CRD's validation rule has the same names. */
export const OWNED_FLAGS: readonly string[] = Object.keys(insteadOf).sort()

/** What to do instead of setting this flag; undefined when the operator doesn't own it. */
export function ownedFlag(name: string): string | undefined {
  return Object.hasOwn(insteadOf, name) ? insteadOf[name] : undefined
}
