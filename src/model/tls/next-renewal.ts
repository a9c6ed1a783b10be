import type { LeafFacts, TlsFacts } from './facts.ts'
import { renewAt } from './lifetimes.ts'
import { ownSecret, uses } from './uses.ts'

/** The leaves of the cluster's own Secrets. */
export function ownLeaves(tls: TlsFacts): readonly LeafFacts[] {
  return uses.flatMap((use) => {
    const { leaf, dial } = ownSecret(tls, use) ?? {}
    return [leaf, dial].flatMap((one) => one ?? [])
  })
}

/** When the first leaf is due for renewal, milliseconds since the epoch; undefined where there is none. */
export function nextRenewal(tls: TlsFacts): number | undefined {
  const times = ownLeaves(tls).map(renewAt)
  return times.length === 0 ? undefined : Math.min(...times)
}

/** When the first leaf expires, milliseconds since the epoch; undefined where there is none. */
export function nextExpiry(tls: TlsFacts): number | undefined {
  const times = ownLeaves(tls).map(({ notAfter }) => notAfter)
  return times.length === 0 ? undefined : Math.min(...times)
}
