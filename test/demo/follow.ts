import { ETCD_CLUSTER } from '../../src/adapters/kube/kinds.ts'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import type { Kubernetes } from '../e2e/kubernetes.ts'

/** Every status that is written, none left out, until the signal fires; undefined when the cluster is gone. */
export async function* followCluster(
  k8s: Kubernetes,
  namespace: string,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<EtcdCluster | undefined> {
  const where = { namespace, fieldSelector: `metadata.name=${name}` }
  while (!signal.aborted) {
    const { items, resourceVersion } = await k8s.kube.list(ETCD_CLUSTER, where, signal)
    yield* items
    // The server ends a watch within a minute; then it begins again.
    for await (const event of k8s.kube.watch(ETCD_CLUSTER, where, resourceVersion, signal)) {
      if (event.type === 'added' || event.type === 'modified') yield event.object
      if (event.type === 'deleted') yield undefined
    }
  }
}
