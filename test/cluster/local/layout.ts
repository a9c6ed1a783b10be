import { join } from 'node:path'

/** Everything that the cluster leaves on the machine lies below these two, or is named after `prefix`. */
export const stateDir = '/var/lib/etcd-operator-dev'
export const runDir = '/run/etcd-operator-dev'
export const prefix = 'eod'

export const logsDir = join(stateDir, 'logs')
export const pkiDir = join(stateDir, 'pki')
export const configDir = join(stateDir, 'config')
export const auditLog = join(logsDir, 'audit.log')
export const kubeconfigFile = join(stateDir, 'kubeconfig')

/**
 * Addresses.
 *
 *   host: bridge 10.199.0.1 --+-- n1: 10.199.0.11, pods 10.200.1.0/24
 *         (kube-apiserver)    +-- n2: 10.199.0.12, pods 10.200.2.0/24
 *                             +-- ...
 *
 * None of the ranges has a way off the machine: see network.ts.
 */
export const bridge = `${prefix}-bridge`
export const nodeRange = '10.199.0.0/24'
export const hostIp = '10.199.0.1'
export const podRange = '10.200.0.0/16'
export const serviceRange = '10.201.0.0/16'
export const kubernetesServiceIp = '10.201.0.1'
export const dnsIp = '10.201.0.10'
export const clusterDomain = 'cluster.local'
export const apiServerUrl = `https://${hostIp}:6443`
/** Loopback, and only with a client certificate: any process of the machine may connect to it. */
export const etcdUrl = 'https://127.0.0.1:23790'
export const etcdPeerUrl = 'https://127.0.0.1:23800'
export const controllerManagerPort = 10257
export const schedulerPort = 10259

export const maxNodes = 9

/** One node: its addresses and the folders of its containerd and kubelet. */
export type NodeLayout = Readonly<{
  name: string
  zone: string
  ip: string
  podRange: string
  /** Name of the network namespace and of the host's end of its link. */
  netns: string
  netnsPath: string
  dir: string
  runDir: string
  containerdSocket: string
  cgroup: string
}>

export function nodeLayout(number: number): NodeLayout {
  const name = `n${number}`
  const netns = `${prefix}-${name}`
  return {
    name,
    zone: `zone-${'abc'[(number - 1) % 3]}`,
    ip: `10.199.0.${10 + number}`,
    podRange: `10.200.${number}.0/24`,
    netns,
    netnsPath: `/run/netns/${netns}`,
    dir: join(stateDir, 'nodes', name),
    runDir: join(runDir, name),
    containerdSocket: join(runDir, name, 'containerd.sock'),
    cgroup: `/${cgroupRoot}/${name}`,
  }
}

export const cgroupRoot = 'etcd-operator-dev'

export function nodeLayouts(count: number): readonly NodeLayout[] {
  return Array.from({ length: count }, (_, index) => nodeLayout(index + 1))
}
