import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir, keyOfFiles } from './cache.ts'
import { RequirementMissing, run } from './command.ts'
import { withMachineLock } from './machine-lock.ts'
import type { Progress } from './progress.ts'
import { controlPlaneEtcd, type EtcdVersion, etcdutlFrom, etcdVersions, kubernetesVersion } from './versions.ts'

export type EtcdTool = 'etcd' | 'etcdctl' | 'etcdutl'
export type BinaryName = keyof typeof clusterPackages | `etcd-${EtcdVersion}/${EtcdTool}`

/** The Go packages of `local/go/go.mod`, in the order in which a starting cluster needs them. */
const clusterPackages = {
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  kubelet: 'k8s.io/kubernetes/cmd/kubelet',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
  coredns: './coredns',
  'local-path-provisioner': 'github.com/rancher/local-path-provisioner',
  pause: './pause',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
} as const

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
export const etcdBinaries: readonly BinaryName[] = [
  controlPlaneEtcd,
  ...etcdVersions.filter((version) => version !== controlPlaneEtcd),
].flatMap((version) => (['etcd', 'etcdctl', 'etcdutl'] as const).map((tool): BinaryName => `etcd-${version}/${tool}`))

/** Builds what the cache lacks; returns when every named binary is there. */
export async function ensureBinaries(names: readonly BinaryName[], { progress }: { progress: Progress }): Promise<void> {
  await Promise.all(startBuilds(names, progress).values())
}

/** Where `ensureBinaries` puts it. */
export function binaryPath(name: BinaryName): string {
  return recipeOf(name).path
}

export function etcdBinary(version: EtcdVersion, tool: EtcdTool): string {
  return binaryPath(`etcd-${version}/${tool}`)
}

/**
 * One promise per binary, so that a cluster can start with the first ones while the others are built.
 * Two builds run at once, one per lane: Kubernetes and etcd share no packages, and linking keeps one core busy only.
 */
export function startBuilds(names: readonly BinaryName[], progress: Progress): ReadonlyMap<BinaryName, Promise<void>> {
  if (!names.every((name) => existsSync(recipeOf(name).path))) goCommand() // Better said now than in the middle.
  const lanes = { kubernetes: Promise.resolve(), etcd: Promise.resolve() }
  const builds = new Map<BinaryName, Promise<void>>()
  for (const name of names) {
    const recipe = recipeOf(name)
    if (existsSync(recipe.path)) {
      builds.set(name, Promise.resolve())
      continue
    }
    const lane = name.startsWith('etcd-') ? 'etcd' : 'kubernetes'
    const build = lanes[lane].then(() => withMachineLock(`${lane} builds`, progress, () => buildOne(name, recipe, progress)))
    build.catch(() => {}) // Reported to whoever waits for this binary; nobody may wait yet.
    lanes[lane] = build
    builds.set(name, build)
  }
  return builds
}

type Recipe = Readonly<{ dir: string; package: string; flags: string; path: string }>

const goDir = join(import.meta.dirname, 'local', 'go')

function recipeOf(name: BinaryName): Recipe {
  const [folder, tool] = name.split('/') as [string, EtcdTool | undefined]
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

function etcdRecipe(version: EtcdVersion, tool: EtcdTool): Recipe {
  const dir = join(goDir, `etcd-${version}`)
  const flags = '-s -w'
  const key = keyOfFiles([join(dir, 'go.mod'), join(dir, 'go.sum')], process.arch, flags)
  return { dir, package: etcdPackages[tool], flags, path: cacheDir('bin', `etcd-${version}-${key}`, tool) }
}

async function buildOne(name: BinaryName, recipe: Recipe, progress: Progress): Promise<void> {
  if (existsSync(recipe.path)) return // Another process built it while this one waited for the lock.
  const start = performance.now()
  const unfinished = `${recipe.path}.${process.pid}`
  mkdirSync(join(recipe.path, '..'), { recursive: true })
  try {
    await run(goCommand(), ['build', '-trimpath', '-buildvcs=false', '-ldflags', recipe.flags, '-o', unfinished, recipe.package], {
      cwd: recipe.dir,
      env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' },
    })
    renameSync(unfinished, recipe.path)
  } finally {
    rmSync(unfinished, { force: true })
  }
  progress(`${name} built in ${((performance.now() - start) / 1000).toFixed(0)} s`)
}

function goCommand(): string {
  const found = [...(process.env.PATH ?? '').split(':'), '/usr/local/go/bin'].map((dir) => join(dir, 'go')).find((path) => existsSync(path))
  if (found === undefined)
    throw new RequirementMissing('The local cluster is built from Go modules: install Go 1.21 or later and put it on PATH.')
  return found
}
