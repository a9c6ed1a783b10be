import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type BinaryName, binaryPath, clusterBinaries, etcdBinaries } from '../binaries.ts'
import type { ClusterInfo } from '../cluster.ts'
import { etcdVersions } from '../versions.ts'
import { busyboxImage, etcdImageName } from './image-recipes.ts'
import { auditLog, kubeconfigFile, nodeLayouts, stateDir } from './layout.ts'
import { readState } from './state.ts'

const binDir = join(stateDir, 'bin')

export function describeCluster(nodes: number): ClusterInfo {
  const pids = new Map((readState()?.daemons ?? []).map(({ name, pid }) => [name, pid]))
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
    kubectl: join(binDir, 'kubectl'),
    bin: binDir,
  }
}

/** One folder with stable names for what lies in the cache under changing ones. */
export function linkBinaries(): void {
  for (const name of [...clusterBinaries, ...etcdBinaries] satisfies BinaryName[]) {
    const link = join(binDir, name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(binaryPath(name), link)
  }
}

function pidOf<K extends string>(key: K, pid: number | undefined): { [key in K]?: number } {
  return pid === undefined ? {} : ({ [key]: pid } as { [key in K]: number })
}
