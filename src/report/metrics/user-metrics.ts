import { type Lifetime, renewAt } from '../../model/tls/lifetimes.ts'
import { certificateFamilies } from './catalogue/certificates.ts'
import { userFamilies } from './catalogue/users.ts'
import { labelsOf, type OfCluster } from './of-cluster.ts'
import type { MetricsRegistry, Series } from './registry.ts'

export interface UserMetrics {
  /** A write about a user or a role was taken by etcd. */
  authWritten(of: OfCluster): void
  userObserved(of: OfCluster, user: string, seen: UserFigures): void
  forgetUser(namespace: string, user: string): void
  forget(of: OfCluster): void
}

export interface UserFigures {
  readonly isReady: boolean
  /** Undefined: it has none. */
  readonly certificate: Lifetime | undefined
}

export function userMetrics(registry: MetricsRegistry): UserMetrics {
  /** By `namespace/name`: the labels can't be taken from an EtcdUser that is gone. */
  const users = new Map<string, UserFigures & { readonly labels: Series[0] }>()
  const authWrites = registry.counter(userFamilies.authWrites)
  registry.computed(userFamilies.ready, () => [...users.values()].map(({ labels, isReady }) => [labels, Number(isReady)] as const))
  const certificates = (time: (certificate: Lifetime) => number) => () =>
    [...users.values()].flatMap(({ labels, certificate }): readonly Series[] =>
      certificate === undefined ? [] : [[{ ...labels, purpose: 'user' }, time(certificate) / 1000]],
    )
  registry.computed(
    certificateFamilies.expiry,
    certificates(({ notAfter }) => notAfter),
  )
  registry.computed(certificateFamilies.renewal, certificates(renewAt))
  return {
    authWritten: (of) => authWrites.inc(labelsOf(of)),
    userObserved: (of, user, seen) => void users.set(`${of.namespace}/${user}`, { ...seen, labels: { ...labelsOf(of), user } }),
    forgetUser: (namespace, user) => void users.delete(`${namespace}/${user}`),
    forget: (of) => authWrites.remove(labelsOf(of)),
  }
}
