import type { EtcdClusterSpec } from '../../api/etcd-cluster.ts'

/** The spec for a Job that only reads backups: it runs where those lie, wherever the members are meant to be. */
export function withoutPlacement(spec: EtcdClusterSpec): EtcdClusterSpec {
  return { ...spec, pod: { ...spec.pod, nodeSelector: {}, affinity: {} } }
}
