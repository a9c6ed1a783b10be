import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBinaries } from '../builds.ts'
import type { ClusterInfo, Provider, Wanted } from '../cluster.ts'
import { RequirementMissing, tryRun } from '../command.ts'
import { withMachineLock } from '../machine-lock.ts'
import type { Progress } from '../progress.ts'
import { trimLogs } from './daemon.ts'
import { isHealthy } from './health.ts'
import { etcdImage } from './image-recipes.ts'
import { importImage, importImages } from './images.ts'
import { describeCluster, hasKubectl, linkBinaries } from './info.ts'
import { maxNodes, nodeLayouts } from './layout.ts'
import { binariesFor, startCluster } from './start.ts'
import { fingerprintOf, readState, writeState } from './state.ts'
import { hasTraces, removeCluster } from './teardown.ts'

/** A real Kubernetes of several nodes on this machine, without Docker; start.ts says how. */
export function localProvider(): Provider {
  return { up, down, load }
}

async function up(asked: Wanted, progress: Progress): Promise<ClusterInfo> {
  refuseWrongMachine()
  const { nodes } = asked
  if (nodes < 1 || nodes > maxNodes) throw new RequirementMissing(`The local cluster has 1 to ${maxNodes} nodes.`)
  const wanted: Wanted = { ...asked, kubectl: asked.kubectl === 'any' && (await kubectlIsInstalled()) ? 'any' : 'own' }
  return withMachineLock('cluster', progress, async () => {
    if (await canBeReused(nodes, progress)) {
      trimLogs()
      await addWhatLacks(wanted, progress)
    } else {
      await removeOld(progress)
      await startCluster(wanted, progress)
    }
    return describeCluster()
  })
}

async function kubectlIsInstalled(): Promise<boolean> {
  return (await tryRun('kubectl', ['version', '--client'])) !== undefined
}

/** A cluster that was started with less, by the demo for example. */
async function addWhatLacks(wanted: Wanted, progress: Progress): Promise<void> {
  const state = readState()
  if (state === undefined) return
  const versions = wanted.etcdVersions.filter((version) => !state.etcdVersions.includes(version))
  const lacksKubectl = wanted.kubectl === 'own' && !hasKubectl()
  if (versions.length === 0 && !lacksKubectl) return
  const names = [...versions.map((version) => `etcd ${version}`), ...(lacksKubectl ? ['kubectl'] : [])]
  progress(`adding what it lacks: ${names.join(', ')}`)
  const binaries = binariesFor(wanted)
  await ensureBinaries(binaries, { progress })
  await importImages(nodeLayouts(state.nodes), versions.map(etcdImage))
  linkBinaries(binaries)
  writeState({ ...state, etcdVersions: [...state.etcdVersions, ...versions] })
}

async function down(progress: Progress): Promise<void> {
  refuseWrongMachine()
  await withMachineLock('cluster', progress, () => removeOld(progress))
}

async function load(archive: string, progress: Progress): Promise<void> {
  refuseWrongMachine()
  if (!existsSync(archive)) throw new RequirementMissing(`There is no file ${archive}.`)
  const state = readState()
  if (state === undefined || !state.complete) throw new RequirementMissing('There is no local cluster: start one first.')
  await Promise.all(nodeLayouts(state.nodes).map((node) => importImage(node, archive)))
  progress(`${archive} loaded onto ${state.nodes} nodes`)
}

async function canBeReused(nodes: number, progress: Progress): Promise<boolean> {
  const state = readState()
  if (state === undefined) return false
  if (state.fingerprint !== fingerprintOf(nodes)) progress('the cluster of this machine has other versions or another size')
  else if (!state.complete) progress('the cluster of this machine was never finished')
  else if (!(await isHealthy(state))) progress('the cluster of this machine is not healthy')
  else {
    progress('the cluster of this machine is healthy and is used again')
    return true
  }
  return false
}

async function removeOld(progress: Progress): Promise<void> {
  if (!hasTraces()) return
  await removeCluster()
  progress('old cluster removed')
}

function refuseWrongMachine(): void {
  if (process.platform !== 'linux')
    throw new RequirementMissing('The local cluster needs Linux: use --provider kind with Docker, or --kubeconfig FILE.')
  if (process.getuid?.() !== 0)
    throw new RequirementMissing(
      'The local cluster needs root, for network namespaces and containers: use sudo, --provider kind or --kubeconfig FILE.',
    )
  if (!existsSync(join('/proc', 'self', 'ns', 'net')))
    throw new RequirementMissing('The local cluster needs a kernel with network namespaces.')
}
