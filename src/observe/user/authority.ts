import { SECRET } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import { readCertificate } from '../../adapters/x509.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { parseDuration } from '../../model/duration.ts'
import { shortHash } from '../../model/hash.ts'
import { type Known, known, unknown } from '../../model/known.ts'
import { clientCaSecretName, clientSecretName } from '../../model/names.ts'
import type { Authority } from '../../model/user/view.ts'
import { decoded } from './decoded.ts'

/** What can be issued from, and the CA's certificate in PEM, which is no secret. */
export interface ReadAuthority {
  readonly facts: Authority
  readonly certificate: string
}

/** The CA that issues to clients, and the CAs that clients are to trust. */
export async function readAuthority(kube: Kube, cluster: EtcdCluster, signal: AbortSignal): Promise<Known<ReadAuthority>> {
  const { namespace, uid } = cluster.metadata
  if ((cluster.status?.tls?.mode ?? 'Off') === 'Off') return unknown('the cluster does not speak TLS')
  const [ca, published] = await Promise.all(
    [clientCaSecretName(cluster), clientSecretName(cluster)].map((name) => kube.get(SECRET, { namespace, name }, signal)),
  )
  // Safety: a Secret of this name that somebody else made would let them choose who is who.
  if (ca === undefined || !ca.metadata.ownerReferences?.some((owner) => owner.uid === uid))
    return unknown(`Secret ${clientCaSecretName(cluster)} of the EtcdCluster is not there`)
  const certificate = decoded(ca, 'current.crt')
  const facts = readCertificate(certificate)
  if (facts === undefined || !facts.isCa) return unknown(`Secret ${ca.metadata.name} holds no CA certificate as current.crt`)
  if (published === undefined || !published.metadata.ownerReferences?.some((owner) => owner.uid === uid))
    return unknown(`Secret ${clientSecretName(cluster)} of the EtcdCluster is not there`)
  const lifetimeMs = parseDuration(cluster.spec.tls.duration.leaf) ?? 0
  return known({ facts: { issuer: facts.fingerprint, trust: shortHash(decoded(published, 'ca.crt')), lifetimeMs }, certificate })
}
