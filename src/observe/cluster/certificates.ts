import type { CredentialStore } from '../../adapters/etcd/credentials.ts'
import { isFailure } from '../../adapters/failure.ts'
import { CERTIFICATE, type IssuedCertificate, SECRET, type Secret } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { annotation, label } from '../../api/labels.ts'
import { modeByDefault } from '../../model/cluster/tls.ts'
import { type Known, known, unknown } from '../../model/known.ts'
import type { Owned } from '../../model/owned.ts'
import type { RequestFacts, SourceFacts, TlsFacts, TlsSources } from '../../model/tls/facts.ts'
import { nextRenewal } from '../../model/tls/next-renewal.ts'
import { issuedCertificateName, sourceSecrets } from '../../model/tls/source-secrets.ts'
import { tlsUnread } from '../../model/tls/unread.ts'
import { caSecretName, secretName, type Use } from '../../model/tls/uses.ts'
import { owned } from './facts.ts'
import { FilledCredentials, fillCredentials } from './fill-credentials.ts'
import { caFactsOf, certificateFactsOf } from './secret-facts.ts'

/** Secrets can't be watched without the right to list them, so each is read again after this time; milliseconds. */
const rereadMs = 10 * 60_000
/** While something is missing, and until the cluster has begun: a person may be about to mend it. */
const rereadSoonMs = 15_000

export interface CertificateSources {
  readonly kube: Kube
  readonly credentials: CredentialStore
  readonly now: () => number
  readonly monotonicMs: () => number
}

/** What was read of a cluster's Secrets, and since when. Losing it costs one read of each Secret. */
export class ReadCertificates {
  readonly credentials = new FilledCredentials()
  #read: { readonly facts: TlsFacts; readonly of: string; readonly atMs: number; readonly at: number } | undefined

  /** After a step that wrote a Secret. */
  forget(): void {
    this.#read = undefined
  }

  /** What was read, unless the Secrets are to be read again. */
  current(cluster: EtcdCluster, now: number, monotonicMs: number): TlsFacts | undefined {
    if (this.#read === undefined || this.#read.of !== askedBy(cluster)) return undefined
    const { facts, atMs, at } = this.#read
    const renewal = nextRenewal(facts)
    const isDue = renewal !== undefined && at < renewal && renewal <= now
    const isWaitedFor = !isWhole(facts) || cluster.status?.clusterID === undefined
    return isDue || monotonicMs - atMs > (isWaitedFor ? rereadSoonMs : rereadMs) ? undefined : facts
  }

  keep(cluster: EtcdCluster, facts: TlsFacts, at: number, atMs: number): void {
    this.#read = { facts, of: askedBy(cluster), at, atMs }
  }
}

/** What makes the operator read the Secrets anew at once: another spec, or one of the annotations. */
function askedBy({ metadata: { uid, generation, annotations = {} } }: EtcdCluster): string {
  return JSON.stringify([uid, generation, annotations[annotation.refresh], annotations[annotation.rotateCa]])
}

function isWhole({ peerCa, clientCa, peerTls, serverTls, client, sources }: TlsFacts): boolean {
  const all = [peerCa, clientCa, peerTls, serverTls, client]
  const copied =
    sources.from === 'operator' ? [] : [sources.server, sources.peer, sources.clientCa, sources.client].flatMap((one) => one ?? [])
  return all.every((one) => one.known && one.value.state === 'ours') && copied.every(({ found }) => found.known && found.value !== 'absent')
}

/**
 * The facts of the cluster's Secrets: from memory, or read from the API server. `anew`: before a step, everything is read again. The
 * operator's own credentials are made of what is read.
 */
export async function readCertificates(
  sources: CertificateSources,
  cluster: EtcdCluster,
  memory: ReadCertificates,
  anew: boolean,
  signal: AbortSignal,
): Promise<TlsFacts> {
  if (!mayHaveCertificates(cluster)) return tlsUnread('not read: the cluster runs in plain text')
  const before = anew ? undefined : memory.current(cluster, sources.now(), sources.monotonicMs())
  if (before !== undefined) return before
  const [at, atMs] = [sources.now(), sources.monotonicMs()]
  const read = (name: string) => readSecret(sources.kube, cluster.metadata.namespace, name, signal)
  const [peerCa, clientCa, peerTls, serverTls, client, from] = await Promise.all([
    read(caSecretName(cluster, 'peer')),
    read(caSecretName(cluster, 'client')),
    read(secretName(cluster, 'peer')),
    read(secretName(cluster, 'server')),
    read(secretName(cluster, 'client')),
    readSources(sources.kube, cluster, read, signal),
  ])
  const facts: TlsFacts = {
    peerCa: about(peerCa, (secret) => whose(cluster, secret, caFactsOf)),
    clientCa: about(clientCa, (secret) => whose(cluster, secret, caFactsOf)),
    peerTls: about(peerTls, (secret) => whose(cluster, secret, certificateFactsOf)),
    serverTls: about(serverTls, (secret) => whose(cluster, secret, certificateFactsOf)),
    client: about(client, (secret) => whose(cluster, secret, certificateFactsOf)),
    sources: from,
    users: [],
    members: new Map(),
  }
  await fillCredentials(sources.credentials, memory.credentials, cluster, facts, { peerCa, clientCa, peerTls, serverTls, client }, at)
  memory.keep(cluster, facts, at, atMs)
  return facts
}

/** A Secret that a person has restored from a copy may have lost its owner; the label still tells which cluster it was made for. */
function whose<F>(cluster: EtcdCluster, secret: Secret | undefined, facts: (secret: Secret) => F): Owned<F> {
  const by = owned(cluster, secret, facts)
  if (secret === undefined || by.state !== 'foreign' || by.of !== undefined) return by
  const { uid, resourceVersion, labels = {}, deletionTimestamp } = secret.metadata
  if (labels[label.clusterUid] !== cluster.metadata.uid) return by
  return { state: 'ours', uid, resourceVersion, deleting: deletionTimestamp !== undefined, isOrphan: true, value: facts(secret) }
}

/** A cluster that is to have none and never had any is not asked about. */
function mayHaveCertificates({ spec, status }: EtcdCluster): boolean {
  const isNew = status?.bootstrap === undefined && status?.clusterID === undefined
  const asked = spec.tls.mode ?? (isNew ? modeByDefault : 'Off')
  // What it was frozen with counts whatever the spec says by now.
  const modes = [asked, status?.bootstrap?.tls, status?.tls?.mode]
  return modes.some((mode) => mode !== undefined && mode !== 'Off') || status?.tls?.caGeneration !== undefined
}

async function readSources(
  kube: Kube,
  cluster: EtcdCluster,
  read: (name: string) => Promise<Known<Secret | undefined>>,
  signal: AbortSignal,
): Promise<TlsSources> {
  const named = sourceSecrets(cluster)
  if (named === undefined) return { from: 'operator' }
  const of = async (secret: string | undefined): Promise<SourceFacts | undefined> =>
    secret === undefined
      ? undefined
      : {
          secret,
          found: about(await read(secret), (one) =>
            one === undefined
              ? 'absent'
              : { version: `${one.metadata.uid}/${one.metadata.resourceVersion}`, facts: certificateFactsOf(one) },
          ),
        }
  if (named.from === 'secrets') {
    const [server, peer, clientCa] = await Promise.all([of(named.server), of(named.peer), of(named.clientCa)])
    return { from: 'secrets', server, peer, clientCa, client: undefined }
  }
  const asked = async (use: Use): Promise<SourceFacts | undefined> => {
    const [source, request] = await Promise.all([of(named[use]), readRequest(kube, cluster, use, signal)])
    return source && { ...source, request }
  }
  const [server, peer, client] = await Promise.all([asked('server'), asked('peer'), asked('client')])
  return { from: 'issuer', server, peer, client, clientCa: undefined }
}

/** The Certificate of cert-manager for a use; unknown where cert-manager is not installed. */
async function readRequest(kube: Kube, cluster: EtcdCluster, use: Use, signal: AbortSignal): Promise<Known<Owned<RequestFacts>>> {
  const { namespace } = cluster.metadata
  try {
    const found = await kube.get(CERTIFICATE, { namespace, name: issuedCertificateName(cluster, use) }, signal)
    return known(owned(cluster, found, requestFacts))
  } catch (error) {
    if (isFailure(error, 'forbidden')) return unknown(error.message, 'forbidden')
    if (isFailure(error, 'not-found'))
      return unknown(
        'spec.tls.issuer asks for certificates of cert-manager, and this Kubernetes has no kind Certificate: install cert-manager, or leave issuer out',
      )
    throw error
  }
}

function requestFacts({ metadata: { annotations = {} }, status }: IssuedCertificate): RequestFacts {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  return {
    hash: annotations[annotation.request],
    isReady: ready?.status === 'True',
    message: ready?.status === 'True' ? '' : (ready?.message ?? ''),
  }
}

/** An operator that may not read Secrets goes on with everything that needs none. */
async function readSecret(kube: Kube, namespace: string, name: string, signal: AbortSignal): Promise<Known<Secret | undefined>> {
  try {
    return known(await kube.get(SECRET, { namespace, name }, signal))
  } catch (error) {
    if (isFailure(error, 'forbidden')) return unknown(error.message, 'forbidden')
    throw error
  }
}

function about<T, F>(read: Known<T>, facts: (value: T) => F): Known<F> {
  return read.known ? known(facts(read.value)) : read
}
