import { existingProvider } from './existing.ts'
import { kindAnswers, kindProvider } from './kind.ts'
import { localProvider } from './local/provider.ts'
import { forgetCluster, recallCluster, rememberCluster } from './memory.ts'
import { type Progress, timedProgress } from './progress.ts'
import { etcdVersions as allEtcdVersions, type EtcdVersion } from './versions.ts'

export type ProviderName = 'local' | 'kind' | 'existing'

export type ClusterNode = Readonly<{
  name: string
  zone: string
  ip: string
  /** Enter it with `nsenter --net=<netns>`: Service addresses answer only from inside a node. */
  netns?: string
  /** `ctr --address <containerdSocket> --namespace k8s.io ...` */
  containerdSocket?: string
  kubeletPid?: number
  containerdPid?: number
}>

export type ClusterInfo = Readonly<{
  provider: ProviderName
  /** Absolute path; also in `.cluster/kubeconfig` of the work tree. */
  kubeconfig: string
  nodes: readonly ClusterNode[]
  /** JSON lines at level Metadata, one per answered request. */
  auditLog?: string
  /** Versions whose images every node has. */
  etcdVersions: readonly string[]
  /** All images that the cluster brings along. */
  images: readonly string[]
  /** Path of a kubectl that fits. */
  kubectl: string
  /** Folder with kube-apiserver and etcd-<version>/{etcd,etcdctl,etcdutl}; empty where the provider has none. */
  bin: string
}>

/** What a cluster must have. */
export type Wanted = Readonly<{
  nodes: number
  /** Only the local cluster makes images; elsewhere they are pulled. */
  etcdVersions: readonly EtcdVersion[]
  /** `own`: of the cluster's version; `any`: where the machine has one, that one serves. */
  kubectl: 'own' | 'any'
}>

export type Provider = Readonly<{
  up: (wanted: Wanted, progress: Progress) => Promise<ClusterInfo>
  down: (progress: Progress) => Promise<void>
  load: (archive: string, progress: Progress) => Promise<void>
}>

export type ClusterOptions = Readonly<Partial<Wanted> & { provider?: ProviderName; kubeconfig?: string; progress?: Progress }>

/** A running cluster with at least that: the one that is there if it is healthy and fits, else a new one. */
export async function ensureCluster(options: ClusterOptions = {}): Promise<ClusterInfo> {
  const progress = options.progress ?? timedProgress()
  const { nodes = 3, etcdVersions = allEtcdVersions, kubectl = 'own' } = options
  const info = await (await providerFor(options)).up({ nodes, etcdVersions, kubectl }, progress)
  return rememberCluster(info)
}

export async function destroyCluster(options: ClusterOptions = {}): Promise<void> {
  const progress = options.progress ?? timedProgress()
  await (await providerFor({ ...remembered(), ...options })).down(progress)
  forgetCluster()
}

/** Puts a docker-archive onto every node of the cluster that `ensureCluster` gave this work tree. */
export async function loadImage(archive: string, options: ClusterOptions = {}): Promise<void> {
  const progress = options.progress ?? timedProgress()
  await (await providerFor({ ...remembered(), ...options })).load(archive, progress)
}

async function providerFor({ provider, kubeconfig }: ClusterOptions): Promise<Provider> {
  switch (provider ?? (await defaultProvider(kubeconfig))) {
    case 'existing':
      return existingProvider(kubeconfig)
    case 'kind':
      return kindProvider()
    case 'local':
      return localProvider()
  }
}

/** kind where Docker and kind are there, else the local cluster. */
async function defaultProvider(kubeconfig: string | undefined): Promise<ProviderName> {
  if (kubeconfig !== undefined) return 'existing'
  return (await kindAnswers()) ? 'kind' : 'local'
}

function remembered(): ClusterOptions {
  const info = recallCluster()
  return info === undefined ? {} : { provider: info.provider, kubeconfig: info.kubeconfig }
}
