import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type BinaryName, binaryPath } from '../binaries.ts'
import type { ClusterInfo } from '../cluster.ts'
import { busyboxImage, etcdImageName } from './image-recipes.ts'
import { auditLog, kubeconfigFile, nodeLayouts, stateDir } from './layout.ts'
import { readState } from './state.ts'

const binDir = join(stateDir, 'bin')

export function describeCluster(): ClusterInfo {
  const { nodes, daemons, etcdVersions } = readState() ?? { nodes: 0, daemons: [], etcdVersions: [] }
  const pids = new Map(daemons.map(({ name, pid }) => [name, pid]))
  return {
    provider: 'local',
    kubeconfig: kubeconfigFile,
    nodes: nodeLayouts(nodes).map(({ name, zone, ip, netnsPath, containerdSocket }) => ({
      name,
      zone,
      ip,
      netns: netnsPath,
      containerdSocket,
      ...pidOf('kubeletPid', pids.get(`kubelet-${name}`)),
      ...pidOf('containerdPid', pids.get(`containerd-${name}`)),
    })),
    auditLog,
    etcdVersions,
    images: [...etcdVersions.map(etcdImageName), busyboxImage],
    kubectl: hasKubectl() ? join(binDir, 'kubectl') : 'kubectl',
    bin: binDir,
  }
}

/** One folder with stable names for what lies in the cache under changing ones. */
export function linkBinaries(names: readonly BinaryName[]): void {
  for (const name of names) {
    const link = join(binDir, name)
    mkdirSync(dirname(link), { recursive: true })
    rmSync(link, { force: true })
    symlinkSync(binaryPath(name), link)
  }
}

/** True where the cluster has a kubectl of its own version. */
export function hasKubectl(): boolean {
  return existsSync(join(binDir, 'kubectl'))
}

function pidOf<K extends string>(key: K, pid: number | undefined): { [key in K]?: number } {
  return pid === undefined ? {} : ({ [key]: pid } as { [key in K]: number })
}
