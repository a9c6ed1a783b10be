import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { UserCertificate } from '../../model/tls/facts.ts'
import type { Caches } from '../watches/caches.ts'

/** The EtcdUsers that have a client certificate or are to get one: while one is of the CA before, that CA is trusted. */
export function userCertificates(caches: Pick<Caches, 'users'>, { metadata }: EtcdCluster): readonly UserCertificate[] {
  return caches.users
    .ofCluster(metadata.namespace, metadata.name)
    .filter((user) => user.spec.certificate && user.metadata.deletionTimestamp === undefined)
    .map((user) => ({ name: user.metadata.name, issuer: user.status?.certificateIssuer }))
}
