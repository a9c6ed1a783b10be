import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { label } from '../../api/labels.ts'
import { peerServiceName, port } from '../../model/names.ts'
import { type Manifest, ownedMetadata } from '../manifest.ts'

/**
 * The Service for clients. Until the cluster ID is pinned it has no selector, so that no client ever reaches a member of a
 * cluster that is still being formed; its name and address exist from the start.
 */
export function clientService(cluster: EtcdCluster, open: boolean): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMetadata(cluster, cluster.metadata.name),
    spec: {
      type: 'ClusterIP',
      ports: [{ name: 'client', port: port.client, targetPort: 'client', protocol: 'TCP' }],
      ...(open ? { selector: { [label.cluster]: cluster.metadata.name, [label.serving]: 'true' } } : {}),
    },
  }
}

/** The headless Service that gives each member its DNS name. It publishes unready pods, because members need each other to become ready. */
export function peerService(cluster: EtcdCluster): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMetadata(cluster, peerServiceName(cluster)),
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      ports: [
        { name: 'client', port: port.client, targetPort: 'client', protocol: 'TCP' },
        { name: 'peer', port: port.peer, targetPort: 'peer', protocol: 'TCP' },
        { name: 'metrics', port: port.metrics, targetPort: 'metrics', protocol: 'TCP' },
      ],
      selector: { [label.cluster]: cluster.metadata.name },
    },
  }
}
