import type { EtcdClusterSpec } from '../../api/etcd-cluster.ts'

/**
 * Why a snapshot that was taken with authentication on can't be restored into this cluster; undefined where it can. Authentication is
 * still on afterwards, nobody knows a password of root, and the operator is let in by its certificate alone.
 *
 * @param mode with which the cluster begins
 */
export function whyNotWithAuth(
  mode: NonNullable<EtcdClusterSpec['tls']['mode']>,
  clientCertificates: EtcdClusterSpec['tls']['clientCertificates'],
): string | undefined {
  if (mode === 'Required' && clientCertificates === 'Required') return undefined
  return `etcd's authentication was on when the snapshot was taken, and it is on after the restore: the operator is let in by its certificate alone, so set spec.tls.mode and spec.tls.clientCertificates of the new cluster to Required, instead of ${mode} and ${clientCertificates}`
}
