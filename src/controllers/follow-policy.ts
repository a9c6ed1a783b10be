import type { RefusedWrite } from '../act/cluster/apply.ts'
import { followDeletionPolicy } from '../act/cluster/deletion-policy.ts'
import { whyRefused } from '../act/cluster/why-refused.ts'
import { isFailure } from '../adapters/failure.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import { hasVolumesFinalizer, volumesGoToo } from '../model/cluster/deletion.ts'
import type { Pass } from './cluster-pass.ts'

export interface Followed {
  /** The EtcdCluster with the finalizer that its deletion policy asks for; unchanged if the finalizer could not be written. */
  readonly cluster: EtcdCluster
  readonly refusals: readonly RefusedWrite[]
  /** The API server did not answer. Nothing else in the pass is held up, and the pass is repeated. */
  readonly failure?: unknown
}

/** Applies the deletion policy. If the write is refused or not answered, the rest of the pass is done all the same. */
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
