import { Failure } from '../../adapters/failure.ts'
import { SECRET, type Secret } from '../../adapters/kube/kinds.ts'
import { randomText } from '../../adapters/random.ts'
import type { KeyPair } from '../../adapters/x509/request.ts'
import { isKeyOf, issueLeaf, readCertificate } from '../../adapters/x509.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { annotation } from '../../api/labels.ts'
import { shortHash } from '../../model/hash.ts'
import { clientCaSecretName, clientSecretName, userSecretName } from '../../model/names.ts'
import { etcdUserOf } from '../../model/user/names.ts'
import { generatedVersion } from '../../model/user/password.ts'
import { type BindingEntries, bindingSecret } from '../../objects/user/binding-secret.ts'
import { decoded } from '../../observe/user/decoded.ts'
import { passwordVersionOf } from '../../observe/user/password.ts'
import type { UserStep } from '../../plan/user/step.ts'
import type { UserContext } from './context.ts'

type Write = Extract<UserStep, { do: 'WriteSecret' }>

/**
 * Writes the Secret of an EtcdUser as a whole. Keys and passwords are read, made and written here alone; what isn't to change is taken
 * from the Secret that is there.
 */
export async function writeSecret(context: UserContext, step: Write): Promise<void> {
  const { live, view, signal } = context
  const { user, cluster, secret } = view
  if (cluster === undefined) throw new Failure('conflict', 'the EtcdCluster is gone')
  const { namespace } = user.metadata
  const name = userSecretName(user)
  const there = step.uid === undefined ? undefined : await live.get(SECRET, { namespace, name }, signal)
  // Safety: it is the very Secret that the step was planned for, so nothing of what it keeps was changed since.
  if (step.uid !== undefined && (secret.state !== 'ours' || there?.metadata.resourceVersion !== secret.resourceVersion))
    throw new Failure('conflict', `Secret ${name} was changed`)

  const entries = await entriesOf(context, cluster, step, there)
  const desired = bindingSecret(user, cluster, entries)
  if (there === undefined) {
    // Safety: where the name was taken in between, the creation fails, and the Secret that is there is looked at first.
    await live.create(SECRET, desired, signal)
    return
  }
  const { uid, resourceVersion } = there.metadata
  const { labels, annotations, ownerReferences } = desired.metadata
  const metadata = { uid, resourceVersion, labels, annotations: { [annotation.passwordVersion]: null, ...annotations }, ownerReferences }
  const gone = Object.fromEntries(Object.keys(there.data ?? {}).map((key) => [key, null]))
  await live.patch(SECRET, { namespace, name }, { metadata, data: { ...gone, ...desired.data } }, signal)
}

async function entriesOf(context: UserContext, cluster: EtcdCluster, step: Write, there: Secret | undefined): Promise<BindingEntries> {
  const [trust, pair, password] = await Promise.all([
    trustOf(context, cluster),
    pairOf(context, cluster, step, there),
    passwordOf(context, step, there),
  ])
  return { trust, pair, password }
}

async function trustOf({ live, view: { authority }, signal }: UserContext, cluster: EtcdCluster): Promise<string | undefined> {
  if (!authority.known) return undefined
  const { namespace } = cluster.metadata
  const published = await live.get(SECRET, { namespace, name: clientSecretName(cluster) }, signal)
  const trust = published === undefined ? '' : decoded(published, 'ca.crt')
  if (shortHash(trust) !== authority.value.trust) throw new Failure('conflict', 'the CA certificates to trust were changed')
  return trust
}

async function pairOf(
  context: UserContext,
  cluster: EtcdCluster,
  { certificate }: Write,
  there: Secret | undefined,
): Promise<KeyPair | undefined> {
  switch (certificate) {
    case 'none':
      return undefined
    case 'keep':
      return there === undefined ? undefined : { cert: decoded(there, 'tls.crt'), key: decoded(there, 'tls.key') }
    case 'issue':
      return issue(context, cluster)
  }
}

/** Backdated: clocks of nodes differ. */
const backdatedMs = 5 * 60_000

async function issue({ live, view, now, signal }: UserContext, cluster: EtcdCluster): Promise<KeyPair> {
  const { user, authority } = view
  const { namespace, uid } = cluster.metadata
  const secret = await live.get(SECRET, { namespace, name: clientCaSecretName(cluster) }, signal)
  if (!authority.known || !secret?.metadata.ownerReferences?.some((owner) => owner.uid === uid))
    throw new Failure('conflict', 'the CA of the cluster was changed')
  const ca = { cert: decoded(secret, 'current.crt'), key: decoded(secret, 'current.key') }
  const facts = readCertificate(ca.cert)
  if (facts?.fingerprint !== authority.value.issuer || !isKeyOf(ca.key, ca.cert))
    throw new Failure('conflict', 'the CA of the cluster was changed, or its key belongs to another certificate')
  // A certificate that outlived its CA would be refused all the same.
  const notAfter = Math.min(now + authority.value.lifetimeMs, facts.notAfter)
  // Safety: the EtcdUser has claimed this user, so that the name is nobody else's in etcd; it is never root.
  return issueLeaf(ca, { commonName: etcdUserOf(user), usage: 'client', names: [], notBefore: now - backdatedMs, notAfter })
}

async function passwordOf(
  { live, view, signal }: UserContext,
  { password }: Write,
  there: Secret | undefined,
): Promise<BindingEntries['password']> {
  switch (password) {
    case 'none':
      return undefined
    case 'keep':
      return kept(there)
    case 'generate': {
      const text = randomText(24)
      return { text, version: generatedVersion(text) }
    }
    case 'copy': {
      const source = view.password
      if (source.from !== 'secret' || !('version' in source)) throw new Failure('conflict', 'the password was taken away')
      const { namespace } = view.user.metadata
      const secret = await live.get(SECRET, { namespace, name: source.name }, signal)
      if (secret === undefined || passwordVersionOf(secret, source.key) !== source.version)
        throw new Failure('conflict', `Secret ${source.name} was changed`)
      return { text: decoded(secret, source.key), version: source.version }
    }
  }
}

function kept(there: Secret | undefined): BindingEntries['password'] {
  const version = there?.metadata.annotations?.[annotation.passwordVersion]
  return there === undefined || version === undefined ? undefined : { text: decoded(there, 'password'), version }
}
