import { needsSecrets } from '../../../model/cluster/tls.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { isCaLost } from '../../../model/tls/tls-trouble.ts'
import { caFacts, caSecretName, cas, secretFacts, secretName, uses } from '../../../model/tls/uses.ts'
import { wantedSecret } from '../../../model/tls/wanted.ts'
import { isHeldBack } from '../held-back.ts'
import { type Decision, step, wait } from '../step.ts'

/**
 * Makes the Secrets with certificates before the first pod, and renews what they hold: etcd reads a certificate anew for each connection, so
 * that no member is restarted. Each Secret is looked at by itself: that one is there says nothing of the others. It needs no majority,
 * because expired certificates may be what took it.
 */
export function ensureCertificates(view: ClusterView): Decision | undefined {
  // Until it is frozen with what the cluster begins, nothing is made for it.
  if (view.cluster.status?.bootstrap === undefined || !needsSecrets(view)) return undefined
  return awaitDeleted(view) ?? makeCas(view) ?? writeSecrets(view)
}

/** A Secret of an earlier EtcdCluster of this name is being deleted by the garbage collector; its name is free after that. */
function awaitDeleted(view: ClusterView): Decision | undefined {
  const all = [
    ...cas.map((ca) => ({ name: caSecretName(view.cluster, ca), facts: caFacts(view.tls, ca) })),
    ...uses.map((use) => ({ name: secretName(view.cluster, use), facts: secretFacts(view.tls, use) })),
  ]
  const going = all.find(({ facts }) => facts.known && facts.value.state === 'earlier')
  if (going === undefined) return undefined
  return wait('WaitingForDeletion', `Secret ${going.name} of an earlier cluster of this name is still being deleted`, 1000)
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
