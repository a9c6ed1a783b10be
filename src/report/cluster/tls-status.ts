import type { EtcdClusterStatus } from '../../api/etcd-cluster.ts'
import { clusterMode } from '../../model/cluster/tls.ts'
import type { ClusterView } from '../../model/cluster/view.ts'
import { rfc3339 } from '../../model/rfc3339.ts'
import { nextExpiry } from '../../model/tls/next-renewal.ts'
import { cas, wholeCa } from '../../model/tls/uses.ts'

/**
 * How the members speak, when the first certificate expires, and how often the CAs were exchanged. The generation of a CA that can't be read
 * is kept: that there was one is what forbids to make another one.
 */
export function tlsStatus(view: ClusterView): Pick<EtcdClusterStatus, 'tls'> {
  const expiry = nextExpiry(view)
  const generations = cas.flatMap((ca) => wholeCa(view.tls, ca)?.generation ?? [])
  // Not before both are there: from then on neither is ever made a second time.
  const caGeneration = generations.length < cas.length ? view.cluster.status?.tls?.caGeneration : Math.min(...generations)
  return {
    tls: {
      mode: clusterMode(view),
      ...(expiry === undefined ? {} : { nextExpiry: rfc3339(expiry) }),
      ...(caGeneration === undefined ? {} : { caGeneration }),
    },
  }
}
