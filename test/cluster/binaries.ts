import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir, keyOfFiles } from './cache.ts'
import { controlPlaneEtcd, type EtcdVersion, etcdutlFrom, kubernetesVersion } from './versions.ts'

export type EtcdTool = 'etcd' | 'etcdctl' | 'etcdutl'
export type BinaryName = keyof typeof clusterPackages | AddonBinary | `etcd-${EtcdVersion}/${EtcdTool}`

/**
 * The Go packages of `local/go/go.mod`, in the order in which they are built: the API server starts while the rest is compiled, and the
 * images are on the nodes when their kubelets start.
 */
const clusterPackages = {
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  coredns: './coredns',
  'local-path-provisioner': 'github.com/rancher/local-path-provisioner',
  pause: './pause',
  kubelet: 'k8s.io/kubernetes/cmd/kubelet',
  'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
} as const

/** What single tests add: each is a module of its own, so that a change of one makes no new cluster. */
const addonPackages = {
  'kube-network-policies': 'etcd-operator.dev/test-cluster/kube-network-policies',
  'cert-manager': 'etcd-operator.dev/test-cluster/cert-manager',
  helm: 'helm.sh/helm/v4/cmd/helm',
} as const
export type AddonBinary = keyof typeof addonPackages

const etcdPackages: Readonly<Record<EtcdTool, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  etcdctl: 'go.etcd.io/etcd/etcdctl/v3',
  etcdutl: 'go.etcd.io/etcd/etcdutl/v3',
}

/** Without the stamp a kubelet reports v0.0.0 and version checks of clients go wrong. */
const kubernetesStamp = [
  `-X k8s.io/component-base/version.gitVersion=v${kubernetesVersion}`,
  `-X k8s.io/component-base/version.gitMajor=${kubernetesVersion.split('.')[0]}`,
  `-X k8s.io/component-base/version.gitMinor=${kubernetesVersion.split('.')[1]}`,
  '-X k8s.io/component-base/version.gitTreeState=clean',
  `-X k8s.io/client-go/pkg/version.gitVersion=v${kubernetesVersion}`,
]

export const clusterBinaries = Object.keys(clusterPackages) as (keyof typeof clusterPackages)[]

/** The control plane's etcd first: a starting cluster waits for it. */
export function etcdBinaries(versions: readonly EtcdVersion[]): readonly BinaryName[] {
  const tools = ['etcd', 'etcdctl', 'etcdutl'] as const
  return [...new Set([controlPlaneEtcd, ...versions])].flatMap((version) => tools.map((tool): BinaryName => `etcd-${version}/${tool}`))
}

/** Where a build puts it. */
export function binaryPath(name: BinaryName): string {
  return recipeOf(name).path
}

export function etcdBinary(version: EtcdVersion, tool: EtcdTool): string {
  return binaryPath(`etcd-${version}/${tool}`)
}

/** How a binary is built. Binaries of the same `dir` and `flags` are built together. */
export type Recipe = Readonly<{ dir: string; package: string; flags: string; path: string }>

const goDir = join(import.meta.dirname, 'local', 'go')

export function recipeOf(name: BinaryName): Recipe {
  const [folder, tool] = name.split('/') as [string, EtcdTool | undefined]
  if (isAddon(name)) return addonRecipe(name)
  if (tool === undefined) return clusterRecipe(name as keyof typeof clusterPackages)
  const version = folder.slice('etcd-'.length) as EtcdVersion
  return etcdRecipe(tool === 'etcdutl' ? (etcdutlFrom[version] ?? version) : version, tool)
}

function clusterRecipe(name: keyof typeof clusterPackages): Recipe {
  const flags = ['-s -w', ...kubernetesStamp].join(' ')
  const sources = clusterPackages[name].startsWith('./') ? [join(goDir, name, 'main.go')] : []
  const key = keyOfFiles([join(goDir, 'go.mod'), join(goDir, 'go.sum'), ...sources], process.arch, flags)
  return { dir: goDir, package: clusterPackages[name], flags, path: cacheDir('bin', `kubernetes-${kubernetesVersion}-${key}`, name) }
}

function isAddon(name: BinaryName): name is AddonBinary {
  return Object.hasOwn(addonPackages, name)
}

function addonRecipe(name: AddonBinary): Recipe {
  const dir = join(goDir, name)
  const flags = '-s -w'
  const sources = ['go.mod', 'go.sum', 'main.go'].map((file) => join(dir, file))
  // helm is built from its own main package.
  const key = keyOfFiles(
    sources.filter((file) => existsSync(file)),
    process.arch,
    flags,
  )
  return { dir, package: addonPackages[name], flags, path: cacheDir('bin', `${name}-${key}`, name) }
}

function etcdRecipe(version: EtcdVersion, tool: EtcdTool): Recipe {
  const dir = join(goDir, `etcd-${version}`)
  const flags = '-s -w'
  const key = keyOfFiles([join(dir, 'go.mod'), join(dir, 'go.sum')], process.arch, flags)
  return { dir, package: etcdPackages[tool], flags, path: cacheDir('bin', `etcd-${version}-${key}`, tool) }
}
