import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { parseDuration } from '../duration.ts'
import type { CertificateFacts } from './facts.ts'

/** Certificates begin so much before they are issued, because the clocks of nodes differ; milliseconds. */
export const backdatedMs = 5 * 60_000

const hourMs = 3600_000

export interface Lifetime {
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  readonly notAfter: number
}

/** The life of a leaf that is issued now. It never outlives its CA: a certificate of a CA that has expired is trusted by nobody. */
export function leafLifetime(cluster: EtcdCluster, ca: Pick<CertificateFacts, 'notAfter'>, now: number): Lifetime {
  const notAfter = Math.min(now + leafMs(cluster), ca.notAfter)
  return { notBefore: now - backdatedMs, notAfter }
}

/** The life of a first CA. */
export function caLifetime(cluster: EtcdCluster, now: number): Lifetime {
  return { notBefore: now - backdatedMs, notAfter: now + caMs(cluster) }
}

/** The life of a CA that is to follow `current`: it has a whole life before it when its turn comes, which is when a third of `current` is left. */
export function successorLifetime(cluster: EtcdCluster, current: Pick<CertificateFacts, 'notAfter'>, now: number): Lifetime {
  const turn = Math.max(now, current.notAfter - caMs(cluster) / 3)
  return { notBefore: now - backdatedMs, notAfter: turn + caMs(cluster) }
}

/** When a leaf is renewed: when a third of its life is left. */
export function renewAt({ notBefore, notAfter }: Lifetime): number {
  return notAfter - (notAfter - notBefore) / 3
}

/** When a CA gives way to its successor: when a third of a CA's life is left. */
export function rotateAt(cluster: EtcdCluster, { notAfter }: Pick<CertificateFacts, 'notAfter'>): number {
  return notAfter - caMs(cluster) / 3
}

/** From when on members are restarted for a successor that they have not loaded: nothing else has restarted them in half of that time. */
export function reloadAt(cluster: EtcdCluster, { notAfter }: Pick<CertificateFacts, 'notAfter'>): number {
  return notAfter - caMs(cluster) / 6
}

function leafMs({ spec }: EtcdCluster): number {
  return parseDuration(spec.tls.duration.leaf) ?? 2160 * hourMs
}

function caMs({ spec }: EtcdCluster): number {
  return parseDuration(spec.tls.duration.ca) ?? 43_800 * hourMs
}
