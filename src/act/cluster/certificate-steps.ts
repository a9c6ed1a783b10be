import { Failure, isFailure } from '../../adapters/failure.ts'
import { CERTIFICATE, SECRET, type Secret } from '../../adapters/kube/kinds.ts'
import type { KeyPair } from '../../adapters/x509/request.ts'
import { issueCa, issueLeaf, readCertificates, splitCertificates } from '../../adapters/x509.ts'
import { annotation } from '../../api/labels.ts'
import { rfc3339 } from '../../model/rfc3339.ts'
import { caLifetime, leafLifetime, successorLifetime } from '../../model/tls/lifetimes.ts'
import { sourceSecrets } from '../../model/tls/source-secrets.ts'
import { type Ca, caOf, caSecretName, namesFor, type Use, usageOf } from '../../model/tls/uses.ts'
import type { LeafPlan } from '../../model/tls/wanted.ts'
import { ownedMetadata } from '../../objects/manifest.ts'
import { issuedCertificate } from '../../objects/tls/issued-certificate.ts'
import { caSecret, certificateSecret, clientConnection } from '../../objects/tls/secrets.ts'
import { textOf } from '../../observe/cluster/secret-facts.ts'
import type { StepContext, StepOf } from './performer.ts'

/**
 * Steps that make and renew certificates. Keys are made here, read here and written here, and are nowhere else: not in the view, the step,
 * an error or a log. Each step ends in one write to one Secret, with the resourceVersion that was read a moment before.
 */

export async function createCa({ kube, view, signal }: StepContext, { ca }: StepOf<'CreateCa'>): Promise<void> {
  const { cluster, now } = view
  const life = caLifetime(cluster, now)
  const current = await issueCa({ commonName: caName(cluster.metadata.name, ca, 1), ...life })
  const next = await issueCa({ commonName: caName(cluster.metadata.name, ca, 2), ...successorLifetime(cluster, life, now) })
  const texts = { 'current.crt': current.cert, 'current.key': current.key, 'next.crt': next.cert, 'next.key': next.key }
  // Safety: a Secret that exists is never replaced. Whoever was first has made the CA.
  await created(kube.create(SECRET, caSecret(cluster, ca, texts, now), signal))
}

export async function writeCertificates(context: StepContext, step: StepOf<'WriteCertificates'>): Promise<void> {
  const { kube, view, signal } = context
  const { cluster, now } = view
  const before = await get(context, step.secret)
  if (before?.metadata.uid !== step.uid) throw changed(step.secret)
  const texts = new Map<string, string>()
  const marks: Record<string, string> = {}
  if (step.leaf.from !== 'keep') {
    const pair = await leafFrom(context, step.use, step.leaf)
    texts.set('tls.crt', pair.cert).set('tls.key', pair.key)
    marks[annotation.copyOf] = step.leaf.from === 'source' ? `${step.leaf.secret}@${step.leaf.version}` : ''
  }
  if (step.dial.from === 'ca') {
    const issuer = await issuerOf(context, 'peer', step.dial.issuer)
    // Safety: without names nobody compares it with the address that it comes from; what it is good for is being dialled by its CA's members.
    const pair = await issueLeaf(issuer, { commonName: '', usage: 'client', names: [], ...leafLifetime(cluster, lifeOf(issuer), now) })
    texts.set('dial.crt', pair.cert).set('dial.key', pair.key)
  }
  const bundle = await bundleOf(context, step, before)
  const isMarked = before?.metadata.annotations?.[annotation.bundleSince] !== undefined
  if (before === undefined || !isMarked || textOf(before, 'ca.crt') !== bundle) marks[annotation.bundleSince] = rfc3339(now)
  texts.set('ca.crt', bundle)
  if (step.use === 'client') for (const [key, text] of Object.entries(clientConnection(cluster))) texts.set(key, text)
  const stringData = Object.fromEntries(texts)
  if (before === undefined) {
    await created(kube.create(SECRET, certificateSecret(cluster, step.use, stringData, marks), signal))
    return
  }
  const { uid, resourceVersion } = before.metadata
  const body = { metadata: { uid, resourceVersion, annotations: marks }, stringData }
  await kube.patch(SECRET, { namespace: cluster.metadata.namespace, name: step.secret }, body, signal)
}

export async function ownSecret(context: StepContext, { secret: name, uid }: StepOf<'OwnSecret'>): Promise<void> {
  const { kube, view, signal } = context
  const secret = await get(context, name)
  if (secret === undefined || secret.metadata.uid !== uid) throw changed(name)
  const { resourceVersion, ownerReferences: others = [] } = secret.metadata
  const { ownerReferences } = ownedMetadata(view.cluster, name)
  const body = { metadata: { uid, resourceVersion, ownerReferences: [...others, ...(ownerReferences ?? [])] } }
  await kube.patch(SECRET, { namespace: view.cluster.metadata.namespace, name }, body, signal)
}

export async function requestCertificate({ kube, view, signal }: StepContext, step: StepOf<'RequestCertificate'>): Promise<void> {
  const manifest = issuedCertificate(view.cluster, step.use)
  if (step.uid === undefined) {
    await created(kube.create(CERTIFICATE, manifest, signal))
    return
  }
  await kube.apply(CERTIFICATE, { ...manifest, metadata: { ...manifest.metadata, uid: step.uid } }, signal, { force: true })
}

export async function exchangeCa(context: StepContext, step: StepOf<'ExchangeCa'>): Promise<void> {
  const { kube, view, signal } = context
  const { cluster, now } = view
  const secret = await get(context, step.secret)
  if (secret === undefined || secret.metadata.uid !== step.uid) throw changed(step.secret)
  const [current, next] = [pairOf(secret, 'current'), pairOf(secret, 'next')]
  // Safety: exactly the CA of which it was proved that every member trusts it begins to issue.
  if (printOf(current.cert) !== step.current || printOf(next.cert) !== step.next) throw changed(step.secret)
  const generation = Number(textOf(secret, 'generation')) + 1
  const after = await issueCa({
    commonName: caName(cluster.metadata.name, step.ca, generation + 1),
    ...successorLifetime(cluster, lifeOf(next), now),
  })
  const stringData = {
    'old.crt': current.cert,
    'current.crt': next.cert,
    'current.key': next.key,
    'next.crt': after.cert,
    'next.key': after.key,
    generation: String(generation),
  }
  const { uid, resourceVersion } = secret.metadata
  const annotations = {
    [annotation.caSince]: rfc3339(now),
    ...(step.rotation === undefined ? {} : { [annotation.caRotation]: step.rotation }),
  }
  const body = { metadata: { uid, resourceVersion, annotations }, stringData }
  await kube.patch(SECRET, { namespace: cluster.metadata.namespace, name: step.secret }, body, signal)
}

export async function retireCa(context: StepContext, { secret: name, uid, old }: StepOf<'RetireCa'>): Promise<void> {
  const { kube, view, signal } = context
  const secret = await get(context, name)
  if (secret === undefined || secret.metadata.uid !== uid) throw changed(name)
  if (textOf(secret, 'old.crt') === '') return
  if (printOf(textOf(secret, 'old.crt')) !== old) throw changed(name)
  const body = { metadata: { uid, resourceVersion: secret.metadata.resourceVersion }, data: { 'old.crt': null } }
  await kube.patch(SECRET, { namespace: view.cluster.metadata.namespace, name }, body, signal)
}

export async function noteRotation(context: StepContext, { secret: name, uid, rotation }: StepOf<'NoteRotation'>): Promise<void> {
  const { kube, view, signal } = context
  const secret = await get(context, name)
  if (secret === undefined || secret.metadata.uid !== uid) throw changed(name)
  const { resourceVersion } = secret.metadata
  const body = { metadata: { uid, resourceVersion, annotations: { [annotation.caRotation]: rotation } } }
  await kube.patch(SECRET, { namespace: view.cluster.metadata.namespace, name }, body, signal)
}

/** For people: `openssl s_client` shows it, and so do logs of etcd. */
function caName(cluster: string, ca: Ca, generation: number): string {
  return `${cluster} ${ca} CA ${generation}`
}

function leafFrom(context: StepContext, use: Use, plan: Exclude<LeafPlan, { from: 'keep' }>): Promise<KeyPair> {
  return plan.from === 'ca' ? issued(context, use, plan.issuer) : copied(context, plan)
}

async function issued(context: StepContext, use: Use, fingerprint: string): Promise<KeyPair> {
  const { cluster, now } = context.view
  const issuer = await issuerOf(context, caOf(use), fingerprint)
  // Safety: an empty common name. With client-cert-auth etcd takes it for the name of a user, and `root` may do everything.
  const request = { commonName: '', usage: usageOf(use), names: namesFor(cluster, use), ...leafLifetime(cluster, lifeOf(issuer), now) }
  return issueLeaf(issuer, request)
}

async function copied(context: StepContext, { secret: name, version }: Extract<LeafPlan, { from: 'source' }>): Promise<KeyPair> {
  const source = await get(context, name)
  // Safety: only what was checked is copied.
  if (source === undefined || `${source.metadata.uid}/${source.metadata.resourceVersion}` !== version) throw changed(name)
  return { cert: textOf(source, 'tls.crt'), key: textOf(source, 'tls.key') }
}

/** The CA that issues, if it still is the one that the rule decided on. */
async function issuerOf(context: StepContext, ca: Ca, fingerprint: string): Promise<KeyPair> {
  const name = caSecretName(context.view.cluster, ca)
  const secret = await get(context, name)
  if (secret === undefined) throw changed(name)
  const pair = pairOf(secret, 'current')
  // Safety: a leaf is issued by no other CA than the one that every member was seen to trust.
  if (printOf(pair.cert) !== fingerprint) throw changed(name)
  return pair
}

/** The texts of these certificates, from the Secrets in which they can be. */
async function bundleOf(context: StepContext, step: StepOf<'WriteCertificates'>, before: Secret | undefined): Promise<string> {
  const { cluster } = context.view
  const { server, peer, clientCa, client } = sourceSecrets(cluster) ?? {}
  const names = [caSecretName(cluster, caOf(step.use)), server, peer, clientCa, client].flatMap((name) => name ?? [])
  const secrets = await Promise.all(names.map((name) => get(context, name)))
  const texts = [before, ...secrets].flatMap((secret) =>
    secret === undefined ? [] : ['ca.crt', 'current.crt', 'next.crt', 'old.crt'].flatMap((key) => splitCertificates(textOf(secret, key))),
  )
  const byPrint = new Map(texts.flatMap((text) => (printOf(text) === undefined ? [] : [[printOf(text), text] as const])))
  return step.bundle
    .map((fingerprint) => {
      const text = byPrint.get(fingerprint)
      if (text === undefined) throw new Failure('conflict', `a CA that is to be trusted, ${fingerprint}, is in no Secret any more`)
      return text
    })
    .join('')
}

function get({ live, view, signal }: StepContext, name: string): Promise<Secret | undefined> {
  return live.get(SECRET, { namespace: view.cluster.metadata.namespace, name }, signal)
}

function pairOf(secret: Secret, which: 'current' | 'next'): KeyPair {
  return { cert: textOf(secret, `${which}.crt`), key: textOf(secret, `${which}.key`) }
}

function printOf(cert: string): string | undefined {
  return readCertificates(cert)?.[0]?.fingerprint
}

function lifeOf({ cert }: KeyPair): { readonly notAfter: number } {
  return { notAfter: readCertificates(cert)?.[0]?.notAfter ?? 0 }
}

function changed(secret: string): Failure {
  return new Failure('conflict', `Secret ${secret} is not as it was when the step was decided on`)
}

/** A name that is taken: another pass has made it, or it is somebody else's, which the next look shows. */
async function created(creating: Promise<unknown>): Promise<void> {
  try {
    await creating
  } catch (error) {
    if (!isFailure(error, 'conflict')) throw error
  }
}
