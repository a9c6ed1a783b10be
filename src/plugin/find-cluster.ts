import { ETCD_CLUSTER } from '../adapters/kube/kinds.ts'
import type { Kube } from '../adapters/kube.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import { didYouMean } from './arguments.ts'
import type { Target } from './command.ts'
import { Problem } from './problem.ts'
import { suggest } from './suggest.ts'
import { styled, type Text } from './text.ts'

/** The EtcdCluster of this name. @throws Problem that says which names there are, and where this one is */
export async function findCluster(
  { kube, namespace }: Pick<Target, 'kube' | 'namespace'>,
  name: string,
  signal: AbortSignal,
): Promise<EtcdCluster> {
  const found = await kube.get(ETCD_CLUSTER, { namespace, name }, signal)
  if (found !== undefined) return found
  const here = (await kube.list(ETCD_CLUSTER, { namespace }, signal).catch(() => undefined))?.items ?? []
  throw new Problem(`there is no EtcdCluster "${name}" in namespace ${namespace}`, await hintsFor(kube, { name, namespace, here }, signal))
}

async function hintsFor(
  kube: Kube,
  { name, namespace, here }: { name: string; namespace: string; here: readonly EtcdCluster[] },
  signal: AbortSignal,
): Promise<readonly Text[]> {
  const names = here.map(({ metadata }) => metadata.name)
  const meant = didYouMean(suggest(name, names))
  // Many may not look into other namespaces.
  const everywhere = (await kube.list(ETCD_CLUSTER, {}, signal).catch(() => undefined))?.items ?? []
  const elsewhere = everywhere.filter(({ metadata }) => metadata.name === name && metadata.namespace !== namespace)
  const others = elsewhere.map(
    ({ metadata }): Text => [`${name} is in namespace ${metadata.namespace}: `, styled('command', `-n ${metadata.namespace}`)],
  )
  if (meant.length > 0 || others.length > 0) return [...meant, ...others.slice(0, 3)]
  if (names.length > 0) return [`there are: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`]
  return everywhere.length === 0
    ? ['there is none at all']
    : [['this namespace has none; all clusters: ', styled('command', 'kubectl etcd status -A')]]
}
