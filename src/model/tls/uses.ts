import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { Known } from '../known.ts'
import {
  clientCaSecretName,
  clientSecretName,
  peerCaSecretName,
  peerServiceName,
  peerTlsSecretName,
  serverTlsSecretName,
} from '../names.ts'
import type { Owned } from '../owned.ts'
import type { CaFacts, CertificateFacts, CertificateSecretFacts, CertificateUsage, SourceFacts, TlsFacts } from './facts.ts'

/** What a Secret of a cluster is used for: the members' peer port, their client port, or a client. Each Secret is ensured alone. */
export const uses = ['peer', 'server', 'client'] as const
export type Use = (typeof uses)[number]

/** The CAs of a cluster: those that the peers trust, and those that clients and servers trust. */
export const cas = ['peer', 'client'] as const
export type Ca = (typeof cas)[number]

export function caOf(use: Use): Ca {
  return use === 'peer' ? 'peer' : 'client'
}

export function caSecretName(cluster: EtcdCluster, ca: Ca): string {
  return ca === 'peer' ? peerCaSecretName(cluster) : clientCaSecretName(cluster)
}

export function secretName(cluster: EtcdCluster, use: Use): string {
  const names = { peer: peerTlsSecretName, server: serverTlsSecretName, client: clientSecretName }
  return names[use](cluster)
}

export function usageOf(use: Use): CertificateUsage {
  return use === 'client' ? 'client' : 'server'
}

export function caFacts(tls: TlsFacts, ca: Ca): Known<Owned<CaFacts>> {
  return ca === 'peer' ? tls.peerCa : tls.clientCa
}

export function secretFacts(tls: TlsFacts, use: Use): Known<Owned<CertificateSecretFacts>> {
  const all = { peer: tls.peerTls, server: tls.serverTls, client: tls.client }
  return all[use]
}

export type WholeCa = Extract<CaFacts, { state: 'whole' }>

/** The CA, where it is ours and whole. */
export function wholeCa(tls: TlsFacts, ca: Ca): WholeCa | undefined {
  const facts = caFacts(tls, ca)
  if (!facts.known || facts.value.state !== 'ours' || facts.value.value.state !== 'whole') return undefined
  return facts.value.value
}

/** The Secret's facts, where it is ours. */
export function ownSecret(tls: TlsFacts, use: Use): CertificateSecretFacts | undefined {
  const facts = secretFacts(tls, use)
  return facts.known && facts.value.state === 'ours' ? facts.value.value : undefined
}

/** The Secret that the leaf for this use is copied from; undefined: a CA of the operator issues it. */
export function sourceOf({ sources }: TlsFacts, use: Use): SourceFacts | undefined {
  return sources.from === 'operator' ? undefined : sources[use]
}

/** A Secret and its version, as an annotation of its copy. */
export function sourceId({ secret }: SourceFacts, version: string): string {
  return `${secret}@${version}`
}

/** The CAs of the operator that everybody trusts for a while or for good, the oldest first. */
export function trustedCas(facts: WholeCa): readonly CertificateFacts[] {
  return [...(facts.old ? [facts.old] : []), facts.current, facts.next]
}

/** Names that a leaf for this use must hold. */
export function namesFor(cluster: EtcdCluster, use: Use): readonly string[] {
  const { name, namespace } = cluster.metadata
  const members = [`*.${peerServiceName(cluster)}.${namespace}.svc`, `*.${peerServiceName(cluster)}.${namespace}.svc.${clusterDomain}`]
  switch (use) {
    case 'peer':
      return members
    case 'server':
      return [
        ...[name, `${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.${clusterDomain}`],
        ...members,
        ...['localhost', '127.0.0.1', '::1'],
        ...cluster.spec.tls.extraNames.map(asWritten),
      ]
    case 'client':
      return []
  }
}

/** A name in the form that a certificate is read back in: lower case, and IPv6 in its short form. */
function asWritten(name: string): string {
  return name.includes(':') && URL.canParse(`http://[${name}]`) ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name.toLowerCase()
}

/** Kubernetes' default; where a Kubernetes cluster has another domain, its long names go into spec.tls.extraNames. */
const clusterDomain = 'cluster.local'

/** The names that a certificate of somebody else must hold: without the first nobody finds a member, and the operator itself asks for the second. */
export function neededNames(cluster: EtcdCluster, use: Use): readonly string[] {
  const { name, namespace } = cluster.metadata
  const members = `*.${peerServiceName(cluster)}.${namespace}.svc`
  return { peer: [members], server: [`${name}.${namespace}.svc`, members], client: [] }[use]
}
