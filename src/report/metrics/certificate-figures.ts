import type { ClusterView } from '../../model/cluster/view.ts'
import { renewAt, rotateAt } from '../../model/tls/lifetimes.ts'
import { servedLate } from '../../model/tls/next-renewal.ts'
import { cas, ownSecret, uses, wholeCa } from '../../model/tls/uses.ts'

/** One certificate; times in milliseconds since the epoch. */
export interface CertificateFigures {
  readonly purpose: 'peer' | 'server' | 'client' | 'peer-ca' | 'client-ca'
  /** The member that serves it, where its Secret holds another one already. */
  readonly member: string | undefined
  readonly expiry: number
  /** When it is due to be renewed; undefined where it was. */
  readonly renewal: number | undefined
}

/** The leaves of the cluster's Secrets, its CAs, and what members still serve; none in plain text. */
export function certificateFigures(view: ClusterView): readonly CertificateFigures[] {
  return [
    ...uses.flatMap((purpose) => leafFigures(view, purpose)),
    ...cas.flatMap((ca): readonly CertificateFigures[] => {
      const current = wholeCa(view.tls, ca)?.current
      if (current === undefined) return []
      return [{ purpose: `${ca}-ca`, member: undefined, expiry: current.notAfter, renewal: rotateAt(view.cluster, current) }]
    }),
    ...servedLate(view).map(
      ({ pod, ca, served }): CertificateFigures => ({
        purpose: ca === 'peer' ? 'peer' : 'server',
        member: pod.name,
        expiry: served.notAfter,
        renewal: undefined,
      }),
    ),
  ]
}

/** A Secret of peers may hold two, which are renewed together: the first to go counts. */
function leafFigures(view: ClusterView, purpose: (typeof uses)[number]): readonly CertificateFigures[] {
  const { leaf, dial } = ownSecret(view.tls, purpose) ?? {}
  const leaves = [leaf, dial].flatMap((one) => one ?? [])
  if (leaves.length === 0) return []
  const expiry = Math.min(...leaves.map(({ notAfter }) => notAfter))
  return [{ purpose, member: undefined, expiry, renewal: Math.min(...leaves.map(renewAt)) }]
}
