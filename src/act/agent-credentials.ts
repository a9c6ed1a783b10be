import { Failure } from '../adapters/failure.ts'
import { SECRET, type Secret } from '../adapters/kube/kinds.ts'
import type { Kube } from '../adapters/kube.ts'
import { issueLeaf, readCertificate } from '../adapters/x509.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import { rootName } from '../model/cluster/auth.ts'
import { clientCaSecretName, clientSecretName } from '../model/names.ts'
import { backdatedMs } from '../model/tls/lifetimes.ts'
import { textOf } from '../observe/cluster/secret-facts.ts'

/** Beyond the Job's own deadline; milliseconds. */
const slackMs = 10 * 60_000

/**
 * The certificate that a Job of the agent dials the cluster's members with, and whom it trusts, by the keys of a Secret. It ends soon after
 * the Job does. It names root, who alone may read a snapshot where etcd asks who somebody is. Where etcd doesn't ask, everybody may, and it
 * may begin to while the Job runs.
 *
 * @param untilMs the Job's deadline, milliseconds since the epoch
 * @throws Failure `untrusted` where the cluster has no Secret to make it from
 */
export async function agentCredentials(
  live: Kube,
  cluster: EtcdCluster,
  now: number,
  untilMs: number,
  signal: AbortSignal,
): Promise<Readonly<Record<'ca.crt' | 'tls.crt' | 'tls.key', string>>> {
  const { namespace, uid } = cluster.metadata
  const get = async (name: string) => {
    const secret = await live.get(SECRET, { namespace, name }, signal)
    // Safety: a Secret of this name that somebody else made would choose whom the Job takes for a member.
    return secret?.metadata.ownerReferences?.some((owner) => owner.uid === uid) ? secret : undefined
  }
  const [ca, client] = await Promise.all([get(clientCaSecretName(cluster)), get(clientSecretName(cluster))])
  const text = (secret: Secret | undefined, key: string) => (secret === undefined ? '' : textOf(secret, key))
  const issuer = { cert: text(ca, 'current.crt'), key: text(ca, 'current.key') }
  const trust = text(client, 'ca.crt') + issuer.cert + text(ca, 'next.crt')
  const issuerFacts = readCertificate(issuer.cert)
  if (issuerFacts === undefined || trust === '')
    throw new Failure(
      'untrusted',
      `Secret ${clientCaSecretName(cluster)}, which the certificate of the Job comes from, is missing, broken or not of the EtcdCluster`,
    )
  const { cert, key } = await issueLeaf(issuer, {
    commonName: rootName,
    usage: 'client',
    names: [],
    notBefore: now - backdatedMs,
    notAfter: Math.min(untilMs + slackMs, issuerFacts.notAfter),
  })
  return { 'ca.crt': trust, 'tls.crt': cert, 'tls.key': key }
}
