import type { EtcdCluster } from '../../../api/etcd-cluster.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { shortHash } from '../../../model/hash.ts'
import { type Known, known } from '../../../model/known.ts'
import type { Owned } from '../../../model/owned.ts'
import type { CertificateFacts, CertificateSecretFacts, LeafFacts, TlsFacts } from '../../../model/tls/facts.ts'
import { caLifetime, type Lifetime, leafLifetime, successorLifetime } from '../../../model/tls/lifetimes.ts'
import {
  type Ca,
  caOf,
  caSecretName,
  namesFor,
  ownSecret,
  secretName,
  trustedCas,
  type Use,
  usageOf,
  type WholeCa,
  wholeCa,
} from '../../../model/tls/uses.ts'
import type { Step } from '../step.ts'

/** What a view shows of certificates after a step made or changed them, for the list of a dry run: with made-up fingerprints. */
export function afterCertificates(
  view: ClusterView,
  step: Extract<Step, { do: 'CreateCa' | 'WriteCertificates' | 'ExchangeCa' | 'RetireCa' | 'NoteRotation' | 'OwnSecret' }>,
): ClusterView | undefined {
  switch (step.do) {
    case 'CreateCa': {
      const life = caLifetime(view.cluster, view.now)
      const current = aCa(step.ca, 1, life)
      const next = aCa(step.ca, 2, successorLifetime(view.cluster, life, view.now))
      return withCa(view, step.ca, { state: 'whole', current, next, old: undefined, generation: 1, since: view.now, rotation: undefined })
    }
    case 'WriteCertificates': {
      const before = ownSecret(view.tls, step.use)
      const leaf = step.leaf.from === 'keep' ? before?.leaf : aLeaf(view, step.use, 'tls')
      const dial = step.dial.from === 'ca' ? aLeaf(view, step.use, 'dial') : before?.dial
      const ca = wholeCa(view.tls, caOf(step.use))
      const all = [...(ca ? trustedCas(ca) : []), ...(before?.bundle ?? [])]
      const bundle = step.bundle.map(
        (print) => all.find(({ fingerprint }) => fingerprint === print) ?? certificate(print, caLifetime(view.cluster, view.now)),
      )
      // The Secret of somebody else is read when its copy is made.
      if (step.leaf.from === 'source') return undefined
      return withSecret(view, step.use, { leaf, dial, bundle, bundleSince: view.now, copyOf: undefined })
    }
    case 'ExchangeCa': {
      const ca = wholeCa(view.tls, step.ca)
      if (ca === undefined) return undefined
      const generation = ca.generation + 1
      const next = aCa(step.ca, generation + 1, successorLifetime(view.cluster, ca.next, view.now))
      return withCa(view, step.ca, {
        ...ca,
        current: ca.next,
        next,
        old: ca.current,
        generation,
        since: view.now,
        rotation: step.rotation ?? ca.rotation,
      })
    }
    case 'RetireCa': {
      const ca = wholeCa(view.tls, step.ca)
      return ca && withCa(view, step.ca, { ...ca, old: undefined })
    }
    case 'OwnSecret':
      return { ...view, tls: adopted(view, step.secret) }
    case 'NoteRotation': {
      const ca = wholeCa(view.tls, step.ca)
      return ca && withCa(view, step.ca, { ...ca, rotation: step.rotation || undefined })
    }
  }
}

function adopted({ cluster, tls }: ClusterView, secret: string): TlsFacts {
  const owned = <T>(name: string, facts: Known<Owned<T>>): Known<Owned<T>> => {
    if (name !== secret || !facts.known || facts.value.state !== 'ours') return facts
    const { isOrphan: _, ...ours } = facts.value
    return known(ours)
  }
  return {
    ...tls,
    peerCa: owned(caSecretName(cluster, 'peer'), tls.peerCa),
    clientCa: owned(caSecretName(cluster, 'client'), tls.clientCa),
    peerTls: owned(secretName(cluster, 'peer'), tls.peerTls),
    serverTls: owned(secretName(cluster, 'server'), tls.serverTls),
    client: owned(secretName(cluster, 'client'), tls.client),
  }
}

function aCa(ca: Ca, generation: number, life: Lifetime): CertificateFacts {
  return certificate(shortHash([ca, generation]), life)
}

function certificate(fingerprint: string, { notBefore, notAfter }: Lifetime): CertificateFacts {
  return { fingerprint, commonName: '', names: [], usages: undefined, isCa: true, notBefore, notAfter }
}

function aLeaf({ cluster, tls, now }: ClusterView, use: Use, file: 'tls' | 'dial'): LeafFacts | undefined {
  const issuer = wholeCa(tls, caOf(use))?.current
  if (issuer === undefined) return undefined
  const life = leafLifetime(cluster, issuer, now)
  const usage = file === 'dial' ? 'client' : usageOf(use)
  const shown = {
    names: file === 'dial' ? [] : lowerNames(cluster, use),
    usages: [usage],
    isCa: false,
    hasKey: true,
    issuer: issuer.fingerprint,
  }
  return { ...certificate(shortHash([use, file, now]), life), ...shown }
}

function lowerNames(cluster: EtcdCluster, use: Use): readonly string[] {
  return namesFor(cluster, use).map((name) => name.toLowerCase())
}

function withCa(view: ClusterView, ca: Ca, facts: WholeCa): ClusterView {
  const made = ours(facts, `${ca}-ca`)
  const tls: TlsFacts = ca === 'peer' ? { ...view.tls, peerCa: made } : { ...view.tls, clientCa: made }
  return { ...view, tls }
}

function withSecret(view: ClusterView, use: Use, facts: CertificateSecretFacts): ClusterView {
  const key = ({ peer: 'peerTls', server: 'serverTls', client: 'client' } as const)[use]
  return { ...view, tls: { ...view.tls, [key]: ours(facts, use) } }
}

function ours<T>(value: T, uid: string): Known<Owned<T>> {
  return known({ state: 'ours', uid, resourceVersion: '1', deleting: false, value })
}
