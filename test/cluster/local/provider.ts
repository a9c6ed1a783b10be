import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ClusterInfo, Provider } from '../cluster.ts'
import { RequirementMissing } from '../command.ts'
import { withMachineLock } from '../machine-lock.ts'
import type { Progress } from '../progress.ts'
import { trimLogs } from './daemon.ts'
import { isHealthy } from './health.ts'
import { importImage } from './images.ts'
import { describeCluster } from './info.ts'
import { maxNodes, nodeLayouts } from './layout.ts'
import { startCluster } from './start.ts'
import { fingerprintOf, readState } from './state.ts'
import { hasTraces, removeCluster } from './teardown.ts'

/** A real Kubernetes of several nodes on this machine, without Docker; start.ts says how. */
export function localProvider(): Provider {
  return { up, down, load }
}

async function up(nodes: number, progress: Progress): Promise<ClusterInfo> {
  refuseWrongMachine()
  if (nodes < 1 || nodes > maxNodes) throw new RequirementMissing(`The local cluster has 1 to ${maxNodes} nodes.`)
  return withMachineLock('cluster', progress, async () => {
    if (await canBeReused(nodes, progress)) {
      trimLogs()
      return describeCluster(nodes)
    }
    await removeOld(progress)
    await startCluster(nodes, progress)
    return describeCluster(nodes)
  })
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
