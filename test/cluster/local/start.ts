import { existsSync, writeFileSync } from 'node:fs'
import { type BinaryName, clusterBinaries, etcdBinaries } from '../binaries.ts'
import { startBuilds } from '../builds.ts'
import type { Wanted } from '../cluster.ts'
import { during, type Progress } from '../progress.ts'
import { controlPlaneEtcd, type EtcdVersion, etcdVersions } from '../versions.ts'
import { addonsReady, applyAddons, nodesReady } from './addons.ts'
import { type Api, adminApi } from './api.ts'
import { apiServerReady, controlPlanePorts, startApiServer, startControllerManager, startEtcd, startScheduler } from './control-plane.ts'
import { type Daemon, daemonFailed, whileRunning } from './daemon.ts'
import { ensurePackages } from './debian.ts'
import { etcdImage, type ImageRecipe, systemImages } from './image-recipes.ts'
import { createImageStore, findImageStore, seedNode } from './image-store.ts'
import { linkBinaries } from './info.ts'
import { kubeconfigFile, type NodeLayout, nodeLayouts } from './layout.ts'
import { createHostNetwork, createNodeNetwork } from './network.ts'
import { startContainerd, startKubelet, startProxy } from './node.ts'
import { createPki, kubeconfigText } from './pki.ts'
import { refuseTakenPorts } from './ports.ts'
import { fingerprintOf, writeState } from './state.ts'
import { stopProcesses, strayFolders } from './teardown.ts'

/**
 * Starts a cluster on a machine that has none. Every step waits for just what it needs, so that a cold start is little longer than
 * the builds, and a warm one little longer than the slowest chain:
 *
 *   packages -> networks -> images -> containerds ---------+
 *   keys -> etcd -> API server -> kubelets, proxies -------+-> nodes Ready -> DNS and storage available
 *                              -> controllers, scheduler --+
 */
export async function startCluster(wanted: Wanted, progress: Progress): Promise<void> {
  refuseTakenPorts(controlPlanePorts)
  const binaries = binariesFor(wanted)
  const builds = startBuilds(binaries, progress)
  const built = async (names: readonly BinaryName[]) => void (await Promise.all(names.map((name) => builds.get(name))))

  await ensurePackages(progress)
  const register = daemonRegister(wanted)
  try {
    const nodes = nodeLayouts(wanted.nodes)
    await Promise.all([createNetworks(nodes), createPki(nodes)])
    progress('networks and keys ready')
    await whileRunning(register.daemons, startAll({ wanted, nodes, api: adminApi(), built, progress, register }))
  } catch (error) {
    register.close()
    await stopProcesses()
    throw error
  }
  linkBinaries(binaries)
  writeFileSync(kubeconfigFile, kubeconfigText('admin'), { mode: 0o600 })
  register.complete()
}

/** What is built for it. */
export function binariesFor({ etcdVersions, kubectl }: Pick<Wanted, 'etcdVersions' | 'kubectl'>): readonly BinaryName[] {
  return [...etcdBinaries(etcdVersions), ...clusterBinaries.filter((name) => name !== 'kubectl' || kubectl === 'own')]
}

type Start = Readonly<{
  wanted: Wanted
  nodes: readonly NodeLayout[]
  api: Api
  built: (names: readonly BinaryName[]) => Promise<void>
  progress: Progress
  register: DaemonRegister
}>

async function startAll(start: Start): Promise<void> {
  const { nodes, api, progress } = start
  const containerds = startContainerds(start)
  const controlPlane = startControlPlane(start)
  const nodesUp = startNodes(start, controlPlane, containerds)
  // All are awaited below; a failure before that must not end the process by itself.
  for (const part of [containerds, controlPlane, nodesUp]) part.catch(() => {})

  await Promise.all([controlPlane, containerds])
  await applyAddons(api, nodes)
  await nodesUp
  await during(
    progress,
    () => 'waiting for DNS and storage',
    () => addonsReady(api),
  )
  progress('DNS and storage ready')
}

/** With all images from the beginning: a pod that misses its image would be tried again only after a growing pause. */
async function startContainerds({ wanted, nodes, built, progress, register }: Start): Promise<void> {
  const { recipes, versions, store } = chooseImages(wanted.etcdVersions)
  await built(recipes.flatMap(({ needs }) => needs))
  const folder = store ?? (await createImageStore(recipes, progress))
  await Promise.all(
    nodes.map(async (node) => {
      await seedNode(folder, node)
      await register.start(() => startContainerd(node))
    }),
  )
  register.loaded(versions)
  progress(`containerd runs on ${nodes.length} nodes, with etcd ${versions.join(', ')}`)
}

/** A store with more than is wanted serves as well. */
function chooseImages(wanted: readonly EtcdVersion[]): {
  recipes: readonly ImageRecipe[]
  versions: readonly EtcdVersion[]
  store: string | undefined
} {
  for (const versions of [etcdVersions, wanted]) {
    const recipes = [...systemImages, ...versions.map(etcdImage)]
    const store = findImageStore(recipes)
    if (store !== undefined || versions === wanted) return { recipes, versions, store }
  }
  throw new Error('the second of two is always chosen')
}

async function startControlPlane({ api, built, progress, register }: Start): Promise<void> {
  await built([`etcd-${controlPlaneEtcd}/etcd`])
  await register.start(startEtcd)
  await built(['kube-apiserver'])
  const server = await register.start(startApiServer)
  await during(
    progress,
    () => 'waiting for kube-apiserver',
    () => apiServerReady(api, server),
  )
  progress('kube-apiserver ready')
}

async function startNodes({ nodes, api, built, progress, register }: Start, controlPlane: Promise<void>, containerds: Promise<void>) {
  await Promise.all([controlPlane, built(['kube-controller-manager', 'kube-scheduler'])])
  await register.start(startControllerManager)
  await register.start(startScheduler)
  await Promise.all([containerds, built(['kubelet', 'kube-proxy'])])
  for (const node of nodes) {
    await register.start(() => startKubelet(node))
    await register.start(() => startProxy(node))
  }
  await during(
    progress,
    () => `waiting for ${nodes.length} nodes to be Ready`,
    () => nodesReady(api, nodes.length),
  ).catch((error: unknown) => {
    throw daemonFailed(`kubelet-${nodes[0]?.name}`, 'runs, but not all nodes are Ready', error)
  })
  progress(`${nodes.length} nodes Ready`)
}

async function createNetworks(nodes: readonly NodeLayout[]): Promise<void> {
  await createHostNetwork(nodes)
  await Promise.all(nodes.map((node) => createNodeNetwork(node, nodes)))
}

/** Writes down each process as soon as it runs, so that a start that is interrupted anywhere can be cleaned up. */
type DaemonRegister = Readonly<{
  /** Those that were started so far. */
  daemons: readonly Daemon[]
  start: (begin: () => Promise<Daemon>) => Promise<Daemon>
  loaded: (versions: readonly EtcdVersion[]) => void
  complete: () => void
  /** Nothing is started any more. */
  close: () => void
}>

function daemonRegister({ nodes }: Wanted): DaemonRegister {
  const daemons: Daemon[] = []
  const stray = strayFolders.filter((folder) => !existsSync(folder))
  let etcdVersions: readonly EtcdVersion[] = []
  let isClosed = false
  const write = (complete: boolean) =>
    writeState({ fingerprint: fingerprintOf(nodes), nodes, complete, daemons, etcdVersions, strayFolders: stray })
  write(false)
  return {
    daemons,
    async start(begin) {
      if (isClosed) throw new Error('the start of the cluster has failed')
      const daemon = await begin()
      daemons.push(daemon)
      write(false)
      return daemon
    },
    loaded(versions) {
      etcdVersions = versions
      write(false)
    },
    complete: () => write(true),
    close() {
      isClosed = true
    },
  }
}
