import { existsSync, writeFileSync } from 'node:fs'
import { type BinaryName, clusterBinaries, etcdBinaries, startBuilds } from '../binaries.ts'
import type { Progress } from '../progress.ts'
import { controlPlaneEtcd, etcdVersions } from '../versions.ts'
import { addonsReady, applyAddons, nodesReady } from './addons.ts'
import { adminApi } from './api.ts'
import { apiServerReady, startApiServer, startControllerManager, startEtcd, startScheduler } from './control-plane.ts'
import type { Daemon } from './daemon.ts'
import { ensurePackages } from './debian.ts'
import { etcdImage, systemImages } from './image-recipes.ts'
import { createImageStore, findImageStore, seedNode } from './image-store.ts'
import { importImages } from './images.ts'
import { linkBinaries } from './info.ts'
import { kubeconfigFile, type NodeLayout, nodeLayouts } from './layout.ts'
import { createHostNetwork, createNodeNetwork } from './network.ts'
import { startContainerd, startKubelet, startProxy } from './node.ts'
import { createPki, kubeconfigText } from './pki.ts'
import { fingerprintOf, writeState } from './state.ts'
import { strayFolders } from './teardown.ts'

/**
 * Starts a cluster on a machine that has none. Every step waits for just what it needs, so that a cold start is little longer than
 * the builds, and a warm one little longer than the slowest chain:
 *
 *   packages -> networks -> containerds -> system images --+
 *   keys -> etcd -> API server -> kubelets, proxies -------+-> nodes Ready -> DNS and storage available
 *                              -> controllers, scheduler --+
 *   containerds -> etcd images
 */
export async function startCluster(nodeCount: number, progress: Progress): Promise<void> {
  const nodes = nodeLayouts(nodeCount)
  const builds = startBuilds([...etcdBinaries, ...clusterBinaries], progress)
  const built = async (names: readonly BinaryName[]) => void (await Promise.all(names.map((name) => builds.get(name))))

  await ensurePackages(progress)
  const register = daemonRegister(nodeCount)
  await Promise.all([createNetworks(nodes), createPki(nodes)])
  progress('networks and keys ready')

  const images = [...systemImages, ...etcdVersions.map(etcdImage)]
  const store = findImageStore(images)
  const containerds = Promise.all(
    nodes.map(async (node) => {
      if (store !== undefined) await seedNode(store, node)
      register(await startContainerd(node))
    }),
  )
  const api = adminApi()
  const imagesOf = async (recipes: typeof systemImages) => {
    await Promise.all([containerds, built(recipes.flatMap(({ needs }) => needs))])
    if (store !== undefined) return
    await importImages(nodes, recipes)
  }

  const controlPlane = (async () => {
    await built([`etcd-${controlPlaneEtcd}/etcd`])
    register(await startEtcd())
    await built(['kube-apiserver'])
    register(await startApiServer())
    await apiServerReady(api)
    progress('kube-apiserver ready')
  })()

  const nodesUp = (async () => {
    await Promise.all([controlPlane, containerds, built(['kubelet', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'])])
    register(await startControllerManager())
    register(await startScheduler())
    for (const node of nodes) {
      register(await startKubelet(node))
      register(await startProxy(node))
    }
    await nodesReady(api, nodeCount)
    progress(`${nodeCount} nodes Ready`)
  })()
  // All three are awaited below; a failure before that must not end the process by itself.
  for (const part of [containerds, controlPlane, nodesUp]) part.catch(() => {})

  // A pod that misses its image would be tried again only after a growing pause.
  await Promise.all([imagesOf(systemImages), controlPlane])
  await applyAddons(api, nodes)
  await nodesUp
  await Promise.all([
    addonsReady(api).then(() => progress('DNS and storage ready')),
    imagesOf(etcdVersions.map(etcdImage)).then(() => progress(`etcd ${etcdVersions.join(', ')} loaded`)),
    built([...clusterBinaries, ...etcdBinaries]).then(linkBinaries),
  ])
  if (store === undefined) await createImageStore(images)
  writeFileSync(kubeconfigFile, kubeconfigText('admin'), { mode: 0o600 })
  register('complete')
}

async function createNetworks(nodes: readonly NodeLayout[]): Promise<void> {
  await createHostNetwork(nodes)
  await Promise.all(nodes.map((node) => createNodeNetwork(node, nodes)))
}

/** Writes down each process as soon as it runs, so that a start that is interrupted anywhere can be cleaned up. */
function daemonRegister(nodes: number): (entry: Daemon | 'complete') => void {
  const daemons: Daemon[] = []
  const stray = strayFolders.filter((folder) => !existsSync(folder))
  const write = (complete: boolean) => writeState({ fingerprint: fingerprintOf(nodes), nodes, complete, daemons, strayFolders: stray })
  write(false)
  return (entry) => {
    if (entry !== 'complete') daemons.push(entry)
    write(entry === 'complete')
  }
}
