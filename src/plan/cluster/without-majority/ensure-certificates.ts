import { needsSecrets } from '../../../model/cluster/tls.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { issuedCertificateName } from '../../../model/tls/source-secrets.ts'
import { isCaLost } from '../../../model/tls/tls-trouble.ts'
import { caFacts, caSecretName, cas, secretFacts, secretName, sourceOf, uses } from '../../../model/tls/uses.ts'
import { wantedSecret } from '../../../model/tls/wanted.ts'
import { requestHash } from '../../../objects/tls/issued-certificate.ts'
import { isHeldBack } from '../held-back.ts'
import { type Decision, step } from '../step.ts'

/**
 * Makes the Secrets with certificates before the first pod, and renews what they hold: etcd reads a certificate anew for each connection, so
 * that no member is restarted. Each Secret is looked at by itself: that one is there says nothing of the others. It needs no majority,
 * because expired certificates may be what took it.
 */
export function ensureCertificates(view: ClusterView): Decision | undefined {
  // Until it is frozen with what the cluster begins, nothing is made for it.
  if (view.cluster.status?.bootstrap === undefined || !needsSecrets(view)) return undefined
  return makeCas(view) ?? ownSecrets(view) ?? requestCertificates(view) ?? writeSecrets(view)
}

function makeCas(view: ClusterView): Decision | undefined {
  for (const ca of cas) {
    const facts = caFacts(view.tls, ca)
    // Safety: a CA that members trust is never replaced by another one because its Secret is gone.
    if (!facts.known || facts.value.state !== 'absent' || isCaLost(view, ca)) continue
    const secret = caSecretName(view.cluster, ca)
    if (isHeldBack(view, secret)) continue
    const whose = ca === 'peer' ? 'the peers' : 'clients and servers'
    return step('IssuingCertificates', `making the CA of ${whose}, in Secret ${secret}`, { do: 'CreateCa', ca, secret })
  }
  return undefined
}

/** A Secret that a person restored from a copy is ours by its label, and goes with the EtcdCluster only by its owner reference. */
function ownSecrets(view: ClusterView): Decision | undefined {
  const all = [
    ...cas.map((ca) => ({ secret: caSecretName(view.cluster, ca), facts: caFacts(view.tls, ca) })),
    ...uses.map((use) => ({ secret: secretName(view.cluster, use), facts: secretFacts(view.tls, use) })),
  ]
  for (const { secret, facts } of all) {
    if (!facts.known || facts.value.state !== 'ours' || !facts.value.isOrphan || isHeldBack(view, secret)) continue
    const { uid } = facts.value
    return step('IssuingCertificates', `Secret ${secret} gets its owner reference back`, { do: 'OwnSecret', secret, uid })
  }
  return undefined
}

/** Asks cert-manager, where spec.tls.issuer names an issuer. */
function requestCertificates(view: ClusterView): Decision | undefined {
  for (const use of uses) {
    const source = sourceOf(view.tls, use)
    if (source?.request?.known !== true) continue
    const { value } = source.request
    const certificate = issuedCertificateName(view.cluster, use)
    const request = requestHash(view.cluster, use)
    if (value.state !== 'absent' && value.state !== 'ours') continue
    if ((value.state === 'ours' && value.value.hash === request) || isHeldBack(view, certificate)) continue
    return step('IssuingCertificates', `asking cert-manager for Certificate ${certificate}`, {
      ...{ do: 'RequestCertificate', use, certificate, request },
      ...(value.state === 'ours' ? { uid: value.uid } : {}),
    })
  }
  return undefined
}

function writeSecrets(view: ClusterView): Decision | undefined {
  for (const use of uses) {
    const wanted = wantedSecret(view, use)
    const secret = secretName(view.cluster, use)
    if (wanted === undefined || isHeldBack(view, secret)) continue
    const facts = secretFacts(view.tls, use)
    const uid = facts.known && facts.value.state === 'ours' ? facts.value.uid : undefined
    const { leaf, dial, bundle, why } = wanted
    return step('IssuingCertificates', `writing Secret ${secret}: ${why}`, {
      ...{ do: 'WriteCertificates', secret, use, leaf, dial, bundle },
      ...(uid === undefined ? {} : { uid }),
    })
  }
  return undefined
}
