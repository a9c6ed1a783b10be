import type { RefusedWrite } from '../act/cluster/apply.ts'
import { followDeletionPolicy } from '../act/cluster/deletion-policy.ts'
import { refused } from '../act/refused.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import { hasVolumesFinalizer, volumesGoToo } from '../model/cluster/deletion.ts'
import type { Pass } from './cluster-pass.ts'

/** The EtcdCluster with the finalizer that its deletion policy asks for, or as it was where that is refused. */
export async function followPolicy(
  { tools, own, signal }: Pass,
  cluster: EtcdCluster,
): Promise<{ readonly cluster: EtcdCluster; readonly refusals: readonly RefusedWrite[] }> {
  const nowMs = tools.clock.monotonicMs()
  const write = {
    object: `EtcdCluster ${cluster.metadata.name}`,
    difference: 'its finalizer is not as spec.storage.deletionPolicy asks for',
  }
  const about = (decision: RefusedWrite['decision'] | undefined) => (decision ? [{ object: write.object, isMissing: false, decision }] : [])
  const held = own.writes.held(write, nowMs)
  if (held !== undefined) return { cluster, refusals: about(held) }
  try {
    const after = await followDeletionPolicy(tools.kube, tools.caches.reader, cluster, signal)
    const remains = hasVolumesFinalizer(after) === volumesGoToo(after) ? undefined : write.difference
    return { cluster: after, refusals: after === cluster ? [] : about(own.writes.taken(write, remains, nowMs)) }
  } catch (error) {
    const refusal = refused(error, undefined)
    if (refusal === undefined) throw error
    own.writes.refused(write, refusal, refusal.recheckMs, nowMs)
    return { cluster, refusals: about(refusal) }
  }
}
