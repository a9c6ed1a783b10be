/** The cluster that a series is about. */
export interface OfCluster {
  readonly namespace: string
  readonly cluster: string
}

export function labelsOf({ namespace, cluster }: OfCluster) {
  return { namespace, etcd_cluster: cluster }
}

export function keyOf({ namespace, cluster }: OfCluster): string {
  return `${namespace}/${cluster}`
}
