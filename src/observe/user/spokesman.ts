import type { Etcd } from '../../adapters/etcd/calls.ts'
import { Failure } from '../../adapters/failure.ts'
import type { Pod } from '../../adapters/kube/kinds.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { label } from '../../api/labels.ts'
import { clientScheme, endpointOf, type MemberEndpoint } from '../../model/names.ts'

const askMs = 2000

/**
 * A member that may speak for the cluster: a voter that knows a leader and answers with the cluster's own ID. Another process may have
 * the address of a member, or run on another cluster's data.
 *
 * @throws Failure `unavailable` when no member does
 */
export async function spokesman(etcd: Etcd, cluster: EtcdCluster, pods: readonly Pod[], signal: AbortSignal): Promise<MemberEndpoint> {
  const serving = pods.filter(({ metadata, status }) => metadata.labels?.[label.serving] === 'true' && status?.podIP !== undefined)
  if (serving.length === 0) throw new Failure('unavailable', 'no member of the cluster serves')
  // The scheme that all members have in common, also in the middle of a roll.
  const scheme = clientScheme(cluster.status?.tls?.mode ?? 'Off')
  const asked = serving.map(async ({ status }) => {
    const endpoint = endpointOf(cluster, { ip: status?.podIP, clientScheme: scheme })
    const { clusterId, leaderId, isLearner } = await etcd.status(endpoint, { signal, deadlineMs: askMs })
    if (clusterId !== cluster.status?.clusterID) throw new Failure('unavailable', `${endpoint.url} answers as cluster ${clusterId}`)
    if (leaderId === undefined || isLearner) throw new Failure('unavailable', `${endpoint.url} knows no leader, or is a learner`)
    return endpoint
  })
  try {
    return await Promise.any(asked)
  } catch (error) {
    signal.throwIfAborted()
    // The cause of one stands for all: mostly they fail alike.
    throw error instanceof AggregateError ? error.errors[0] : error
  }
}
