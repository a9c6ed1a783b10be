import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { annotation } from '../../api/labels.ts'
import { shortHash } from '../../model/hash.ts'
import { issuedCertificateName, issuedSecretName } from '../../model/tls/source-secrets.ts'
import { namesFor, type Use, usageOf } from '../../model/tls/uses.ts'
import { type Manifest, ownedMetadata } from '../manifest.ts'

/** The Certificate by which cert-manager is asked for the leaf of this use; its Secret is copied, and mounted nowhere itself. */
export function issuedCertificate(cluster: EtcdCluster, use: Use): Manifest & { readonly spec: object } {
  const hash = requestHash(cluster, use)
  const metadata = ownedMetadata(cluster, issuedCertificateName(cluster, use), { [annotation.request]: hash })
  return { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata, spec: specOf(cluster, use) }
}

/** Equal for the same request. */
export function requestHash(cluster: EtcdCluster, use: Use): string {
  return shortHash(specOf(cluster, use))
}

function specOf(cluster: EtcdCluster, use: Use): object {
  const { issuer, duration } = cluster.spec.tls
  const names = namesFor(cluster, use)
  const isIp = (name: string) => name.includes(':') || /^[0-9.]+$/.test(name)
  const dnsNames = names.filter((name) => !isIp(name))
  const ipAddresses = names.filter(isIp)
  return {
    secretName: issuedSecretName(cluster, use),
    issuerRef: { name: issuer.name, kind: issuer.kind ?? 'Issuer', group: 'cert-manager.io' },
    // No common name: etcd would take it for the name of a user. cert-manager wants some name, and etcd looks at no URI.
    ...(names.length === 0 ? { uris: [`urn:etcd-operator.dev:${cluster.metadata.namespace}:${cluster.metadata.name}`] } : {}),
    ...(dnsNames.length === 0 ? {} : { dnsNames }),
    ...(ipAddresses.length === 0 ? {} : { ipAddresses }),
    usages: ['digital signature', usageOf(use) === 'server' ? 'server auth' : 'client auth'],
    privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
    duration: duration.leaf,
    // As all certificates of a cluster: when a third of the life is left.
    renewBeforePercentage: 33,
  }
}
