import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { Draft, DraftMeta } from './object.ts'

/** An EtcdCluster in somebody's words (`clusterSpec`, the manifest of a backup): whether it is one is for the API server to say. */
export function uncheckedCluster(object: {
  readonly metadata: DraftMeta
  readonly spec: Readonly<Record<string, unknown>>
}): Draft<EtcdCluster> {
  // The schema refuses what is none before anything is made of it.
  return object as unknown as Draft<EtcdCluster>
}
