import type { Etcd } from '../../adapters/etcd/calls.ts'
import { ETCD_CLUSTER, ETCD_USER, POD, type Pod, SECRET } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { EtcdUser } from '../../api/etcd-user.ts'
import { label } from '../../api/labels.ts'
import { unknown } from '../../model/known.ts'
import { userSecretName } from '../../model/names.ts'
import { rivalOf } from '../../model/user/rival.ts'
import type { UserView } from '../../model/user/view.ts'
import type { Caches } from '../watches/caches.ts'
import { readAuthority } from './authority.ts'
import { askEtcd } from './etcd-side.ts'
import { isNamespaceTerminating } from './namespace.ts'
import { readPassword } from './password.ts'
import { readUserSecret } from './secret.ts'

export interface UserSources {
  /** The API server: no Secret is watched or cached. */
  readonly kube: Kube
  readonly etcd: Etcd
  readonly now: () => number
}

/** What is watched, as the caches have it or as it was just read. */
export interface UserReader {
  readonly cluster: EtcdCluster | undefined
  readonly otherClusters: readonly string[]
  /** The EtcdUsers of the same cluster. */
  readonly users: readonly EtcdUser[]
  readonly pods: readonly Pod[]
}

export async function fromCaches(caches: Caches, { metadata, spec }: EtcdUser, signal: AbortSignal): Promise<UserReader> {
  const { namespace } = metadata
  const cluster = caches.clusters.get(namespace, spec.cluster)
  return {
    cluster,
    otherClusters: cluster === undefined ? caches.clusters.list(namespace).map((one) => one.metadata.name) : [],
    users: caches.users.ofCluster(namespace, spec.cluster),
    pods: cluster === undefined ? [] : await caches.reader.ofCluster(POD, namespace, spec.cluster, signal),
  }
}

/** Observes from the API server itself; undefined when the EtcdUser was deleted, or recreated under its name. */
export async function observeUserLive(
  sources: UserSources,
  seen: EtcdUser,
  setBackFrom: number | undefined,
  signal: AbortSignal,
): Promise<UserView | undefined> {
  const { kube } = sources
  const { namespace, name, uid } = seen.metadata
  const [user, cluster, users, pods] = await Promise.all([
    kube.get(ETCD_USER, { namespace, name }, signal),
    kube.get(ETCD_CLUSTER, { namespace, name: seen.spec.cluster }, signal),
    kube.list(ETCD_USER, { namespace }, signal),
    kube.list(POD, { namespace, labelSelector: `${label.cluster}=${seen.spec.cluster}` }, signal),
  ])
  if (user?.metadata.uid !== uid) return undefined
  const ofCluster = users.items.filter(({ spec }) => spec.cluster === user.spec.cluster)
  return observeUser(sources, { cluster, otherClusters: [], users: ofCluster, pods: pods.items }, user, setBackFrom, signal)
}

/** Reads the Secrets and asks a member, both only while there is a cluster that the answers are about. */
export async function observeUser(
  { kube, etcd, now }: UserSources,
  { cluster, otherClusters, users, pods }: UserReader,
  user: EtcdUser,
  setBackFrom: number | undefined,
  signal: AbortSignal,
): Promise<UserView> {
  const seen = {
    now: now(),
    user,
    setBackFrom,
    cluster,
    otherClusters,
    rival: rivalOf(user, users, cluster?.metadata.uid)?.metadata.name,
    namespaceTerminating: await isNamespaceTerminating(kube, user, signal),
  }
  if (cluster === undefined || cluster.metadata.deletionTimestamp !== undefined)
    return { ...seen, etcd: nobody, secret: { state: 'absent' }, authority: nobody, password: { from: 'nowhere' } }

  const { namespace } = user.metadata
  const [object, authority, seenPassword] = await Promise.all([
    kube.get(SECRET, { namespace, name: userSecretName(user) }, signal),
    readAuthority(kube, cluster, signal),
    readPassword(kube, user, signal),
  ])
  const { secret, login } = readUserSecret(user, object, authority.known ? authority.value.certificate : undefined, seenPassword)
  const password = seenPassword.source
  return {
    ...seen,
    secret,
    authority: authority.known ? { known: true, value: authority.value.facts } : authority,
    password,
    etcd: await askEtcd(etcd, cluster, pods, { user, password, secret, login }, signal),
  }
}

const nobody = unknown('not asked: there is no cluster')
