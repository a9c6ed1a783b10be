import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClusterInfo } from './cluster.ts'

/** Where this work tree remembers its cluster. */
const folder = join(import.meta.dirname, '..', '..', '.cluster')
const infoFile = join(folder, 'info.json')
const kubeconfigFile = join(folder, 'kubeconfig')

/** Copies the kubeconfig into the work tree; returns the description with that copy's path. */
export function rememberCluster(info: ClusterInfo): ClusterInfo {
  mkdirSync(folder, { recursive: true })
  if (info.kubeconfig !== kubeconfigFile) copyFileSync(info.kubeconfig, kubeconfigFile)
  const own = { ...info, kubeconfig: kubeconfigFile }
  writeFileSync(infoFile, JSON.stringify(own, undefined, 2))
  return own
}

export function recallCluster(): ClusterInfo | undefined {
  try {
    return JSON.parse(readFileSync(infoFile, 'utf8')) as ClusterInfo
  } catch {
    return undefined
  }
}

export function forgetCluster(): void {
  rmSync(folder, { recursive: true, force: true })
}
