/** What the test cluster is made of. A change here makes the next `up` build and start the new version. */
export const kubernetesVersion = '1.36.3'
export const corednsVersion = '1.14.7'
export const localPathVersion = '0.0.30'

/** etcd releases whose binaries and images are made: the last 3.5, two patch versions of 3.6 (for rolling upgrades), one 3.7. */
export const etcdVersions = ['3.5.35', '3.6.11', '3.6.16', '3.7.3'] as const
export type EtcdVersion = (typeof etcdVersions)[number]

/** The etcd behind the API server. */
export const controlPlaneEtcd: EtcdVersion = '3.6.16'

/** etcdutl is not published as a module for every patch version; a neighbour of the same minor version serves. */
export const etcdutlFrom: Readonly<Partial<Record<EtcdVersion, EtcdVersion>>> = { '3.6.11': '3.6.16' }

/** The Prometheus of Debian 12; newer ones serve as well. */
export const prometheusAtLeast = '2.42'
