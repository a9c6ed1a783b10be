import type { CredentialStore, Credentials } from '../../adapters/etcd/credentials.ts'
import { isFailure } from '../../adapters/failure.ts'
import type { Secret } from '../../adapters/kube/kinds.ts'
import type { KeyPair } from '../../adapters/x509/request.ts'
import { issueLeaf, readCertificates } from '../../adapters/x509.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { type Known, known } from '../../model/known.ts'
import { credentialsOf, nobodyCredentialsOf, peerServiceName, probeCredentialsOf } from '../../model/names.ts'
import type { Owned } from '../../model/owned.ts'
import type { CaFacts, TlsFacts } from '../../model/tls/facts.ts'
import { backdatedMs } from '../../model/tls/lifetimes.ts'
import { type Ca, cas, wholeCa } from '../../model/tls/uses.ts'
import { textOf } from './secret-facts.ts'

/** The operator's own certificates live for a day, in memory alone, and are made anew after half of that; milliseconds. */
const ownLifetimeMs = 24 * 3600_000

type Secrets = Readonly<Record<'peerCa' | 'clientCa' | 'peerTls' | 'serverTls' | 'client', Known<Secret | undefined>>>

/** Which credentials a cluster has, so that they are made anew only when they have to be. */
export class FilledCredentials {
  #filled: { readonly from: string; readonly at: number } | undefined

  isDue(from: string, now: number): boolean {
    return this.#filled === undefined || this.#filled.from !== from || now - this.#filled.at > ownLifetimeMs / 2
  }

  filled(from: string, at: number): void {
    this.#filled = { from, at }
  }
}

/**
 * Puts the operator's credentials for a cluster into the store: its identity, which is root's where etcd asks who somebody is; nobody's; and
 * one certificate of each CA, which show by being accepted that a member has loaded the CA.
 *
 * Where the CA is gone, the operator goes on with the certificate of the Secret for clients: it must be able to see the members, and to take
 * them out of TLS again.
 */
export async function fillCredentials(
  store: CredentialStore,
  filled: FilledCredentials,
  cluster: EtcdCluster,
  facts: TlsFacts,
  secrets: Secrets,
  now: number,
): Promise<void> {
  const from = JSON.stringify([...fingerprints(facts), ...versions(secrets)])
  if (!filled.isDue(from, now)) return
  // Safety: Secrets of these names that somebody else made would choose whom the operator takes for a member.
  const own: Secrets = {
    peerCa: ours(facts.peerCa, secrets.peerCa),
    clientCa: ours(facts.clientCa, secrets.clientCa),
    peerTls: ours(facts.peerTls, secrets.peerTls),
    serverTls: ours(facts.serverTls, secrets.serverTls),
    client: ours(facts.client, secrets.client),
  }
  const trusts = { client: trustOf(own.client, own.clientCa), peer: trustOf(own.peerTls, own.peerCa) }
  const { name, namespace } = cluster.metadata
  const serverNames = { client: `${name}.${namespace}.svc`, peer: `probe.${peerServiceName(cluster)}.${namespace}.svc` }
  const put = (credentials: string, ca: Ca, pair: KeyPair) =>
    tryPut(store, credentials, { ca: trusts[ca], serverName: serverNames[ca], own: pair })
  const leaf = (issuer: KeyPair, commonName: string) =>
    issueLeaf(issuer, { commonName, usage: 'client', names: [], notBefore: now - backdatedMs, notAfter: now + ownLifetimeMs })

  for (const ca of cas) {
    const secret = secretIn(ca === 'peer' ? own.peerCa : own.clientCa)
    if (secret === undefined || wholeCa(facts, ca) === undefined || trusts[ca] === '') continue
    for (const which of ['current', 'next'] as const) put(probeCredentialsOf(cluster, ca, which), ca, await leaf(pairOf(secret, which), ''))
    if (ca === 'peer') continue
    put(credentialsOf(cluster), 'client', await leaf(pairOf(secret, 'current'), 'root'))
    put(nobodyCredentialsOf(cluster), 'client', await leaf(pairOf(secret, 'current'), ''))
  }
  const client = secretIn(own.client)
  if (wholeCa(facts, 'client') === undefined && client !== undefined && trusts.client !== '')
    put(credentialsOf(cluster), 'client', { cert: textOf(client, 'tls.crt'), key: textOf(client, 'tls.key') })
  filled.filled(from, now)
}

/** Texts that can't be used leave what was there before. */
function tryPut(store: CredentialStore, name: string, credentials: Credentials): void {
  try {
    store.put(name, credentials)
  } catch (error) {
    if (!isFailure(error, 'untrusted')) throw error
  }
}

/** The CAs that may have issued what a member shows: those that its users are told to trust, and those of the operator. */
function trustOf(published: Known<Secret | undefined>, ca: Known<Secret | undefined>): string {
  const [bundle, own] = [secretIn(published), secretIn(ca)]
  const texts = [bundle && textOf(bundle, 'ca.crt'), own && textOf(own, 'current.crt'), own && textOf(own, 'next.crt')]
  return texts.filter((text) => text !== undefined && readCertificates(text) !== undefined).join('')
}

function pairOf(secret: Secret, which: 'current' | 'next'): KeyPair {
  return { cert: textOf(secret, `${which}.crt`), key: textOf(secret, `${which}.key`) }
}

function ours(facts: Known<Owned<unknown>>, secret: Known<Secret | undefined>): Known<Secret | undefined> {
  return facts.known && facts.value.state === 'ours' ? secret : known(undefined)
}

function secretIn(secret: Known<Secret | undefined>): Secret | undefined {
  return secret.known ? secret.value : undefined
}

function fingerprints({ peerCa, clientCa }: TlsFacts): readonly string[] {
  return [peerCa, clientCa].flatMap((ca) => (ca.known && ca.value.state === 'ours' ? printsOf(ca.value.value) : ''))
}

function printsOf(ca: CaFacts): readonly string[] {
  return ca.state === 'whole' ? [ca.current.fingerprint, ca.next.fingerprint] : []
}

function versions({ client, peerTls }: Secrets): readonly string[] {
  return [client, peerTls].map((secret) => secretIn(secret)?.metadata.resourceVersion ?? '')
}
