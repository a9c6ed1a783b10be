import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { Draft, DraftMeta } from './object.ts'

/** An EtcdCluster with a spec from outside (`clusterSpec`, or the manifest of a backup) that only the API server validates. */
export function uncheckedCluster(object: {
  readonly metadata: DraftMeta
  readonly spec: Readonly<Record<string, unknown>>
}): Draft<EtcdCluster> {
  // The schema of the CRD refuses an invalid spec before anything is created from it.
  return object as unknown as Draft<EtcdCluster>
}
