import type { RefusedWrite } from '../act/cluster/apply.ts'
import { followDeletionPolicy } from '../act/cluster/deletion-policy.ts'
import { whyRefused } from '../act/cluster/why-refused.ts'
import { isFailure } from '../adapters/failure.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import { hasVolumesFinalizer, volumesGoToo } from '../model/cluster/deletion.ts'
import type { Pass } from './cluster-pass.ts'

export interface Followed {
  /** With the finalizer that its deletion policy asks for, or as it was where that could not be written. */
  readonly cluster: EtcdCluster
  readonly refusals: readonly RefusedWrite[]
  /** No answer came, which holds up nothing else in the pass; the pass is repeated. */
  readonly failure?: unknown
}

/** Makes the deletion policy hold. Where that is refused, or not answered, the cluster is looked after all the same. */
export async function followPolicy({ tools, own, signal }: Pass, cluster: EtcdCluster): Promise<Followed> {
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
    const refusal = whyRefused(error, write, own.writes, nowMs)
    if (refusal === undefined) {
      if (isFailure(error, 'unavailable') || isFailure(error, 'timeout')) return { cluster, refusals: [], failure: error }
      throw error
    }
    own.writes.refused(write, refusal, refusal.recheckMs, nowMs)
    return { cluster, refusals: about(refusal) }
  }
}
