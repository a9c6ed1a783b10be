import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { EtcdUser } from '../../api/etcd-user.ts'
import { clientScheme, port, serviceEndpoint } from '../names.ts'
import { etcdUserOf } from './names.ts'

/** The entries of the Secret that are no secret, named as the Service Binding specification wants them. */
export function connectionOf(user: EtcdUser, cluster: EtcdCluster): Readonly<Record<string, string>> {
  const url = serviceEndpoint(cluster, clientScheme(cluster.status?.tls?.mode ?? 'Off'))
  return {
    type: 'etcd',
    provider: 'etcd-operator',
    host: new URL(url).hostname,
    port: String(port.client),
    endpoints: url,
    uri: url,
    username: etcdUserOf(user),
  }
}

/** The type of a Secret that follows the Service Binding specification. */
export const bindingType = 'servicebinding.io/etcd'
