import type { EtcdCluster } from '../../api/etcd-cluster.ts'

/** The Secrets of somebody else that a cluster's certificates are copied from, by name; undefined where CAs of the operator issue them all. */
export interface SourceSecrets {
  readonly from: 'secrets' | 'issuer'
  readonly server: string | undefined
  readonly peer: string | undefined
  readonly clientCa: string | undefined
  readonly client: string | undefined
}

export function sourceSecrets(cluster: EtcdCluster): SourceSecrets | undefined {
  const { issuer, secrets } = cluster.spec.tls
  if (issuer.name !== undefined) {
    const of = (use: 'server' | 'peer' | 'client') => issuedSecretName(cluster, use)
    return { from: 'issuer', server: of('server'), peer: of('peer'), client: of('client'), clientCa: undefined }
  }
  if (secrets.server === undefined && secrets.peer === undefined && secrets.clientCA === undefined) return undefined
  return { from: 'secrets', server: secrets.server, peer: secrets.peer, clientCa: secrets.clientCA, client: undefined }
}

/** The Certificate of cert-manager for this use. */
export function issuedCertificateName({ metadata: { name } }: EtcdCluster, use: 'server' | 'peer' | 'client'): string {
  return `${name}-${use}`
}

/** The Secret that cert-manager fills for the Certificate of this use. */
export function issuedSecretName({ metadata: { name } }: EtcdCluster, use: 'server' | 'peer' | 'client'): string {
  return `${name}-${use}-issued`
}
