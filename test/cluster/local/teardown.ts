import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { run, tryRun } from '../command.ts'
import { removeCgroups } from './cgroup.ts'
import { findMarked, killDaemons } from './daemon.ts'
import { prefix, runDir, stateDir } from './layout.ts'
import { removeNetwork } from './network.ts'
import { readState } from './state.ts'

/** Where the kubelet, containerd and the network plug-ins insist on writing; removed again if the cluster brought them. */
export const strayFolders = ['/var/lib/kubelet', '/var/log/containers', '/run/containerd', '/var/lib/cni']

/** Removes every trace of the machine's cluster, whoever made it and however far it got. */
export async function removeCluster(): Promise<void> {
  const state = readState()
  const containers = containerIds()
  const shimSockets = findShimSockets()
  await stopProcesses()
  await unmountAll()
  await removeNetwork()
  // Safety: nothing is mounted below any more (unmountAll threw otherwise), and rm stays on this file system.
  await run('rm', ['--recursive', '--force', '--one-file-system', runDir, stateDir])
  await removeStrays(containers, shimSockets, state?.strayFolders ?? [])
}

/** Ends every process of the machine's cluster and leaves its files, the logs among them. */
export async function stopProcesses(): Promise<void> {
  // First what would start things again, then what it started: pods by their cgroups, shims by the marker.
  await killDaemons(readState()?.daemons ?? [])
  await killDaemons(findMarked())
  await removeCgroups()
  await killDaemons(findMarked())
}

/** True when anything of a cluster is there. */
export function hasTraces(): boolean {
  return existsSync(stateDir) || existsSync(runDir) || findMarked().length > 0
}

async function unmountAll(): Promise<void> {
  // Newest first: a mount may stand on another.
  for (const path of mountsBelow([stateDir, runDir]).toReversed()) await tryRun('umount', ['--lazy', path])
  const left = mountsBelow([stateDir, runDir])
  if (left.length > 0) throw new Error(`these mounts can't be removed: ${left.join(', ')}`)
}

function mountsBelow(folders: readonly string[]): readonly string[] {
  return mountPoints(readFileSync('/proc/self/mountinfo', 'utf8')).filter((path) => folders.some((folder) => path.startsWith(`${folder}/`)))
}

/** The fifth field; the kernel writes blanks in a path as octal numbers. */
export function mountPoints(mountinfo: string): readonly string[] {
  return mountinfo
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .map((path) => path.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
}

const tasksBelow = 'containerd/io.containerd.runtime.v2.task/k8s.io'

function taskFolders(): readonly string[] {
  return entries(runDir).flatMap((node) => entries(join(runDir, node, tasksBelow)).map((id) => join(runDir, node, tasksBelow, id)))
}

function containerIds(): ReadonlySet<string> {
  return new Set(taskFolders().map((folder) => basename(folder)))
}

/** containerd keeps the sockets of all shims of a machine in one folder; each shim's own folder says which is whose. */
function findShimSockets(): readonly string[] {
  return taskFolders()
    .map((folder) => join(folder, 'address'))
    .flatMap((file) => (existsSync(file) ? readFileSync(file, 'utf8').trim().replace('unix://', '') : []))
}

/** What lies in folders that another Kubernetes or containerd of this machine may use as well. */
async function removeStrays(containers: ReadonlySet<string>, shimSockets: readonly string[], folders: readonly string[]): Promise<void> {
  for (const socket of shimSockets) rmSync(socket, { force: true })
  for (const id of containers) rmSync(join('/run/containerd/runc/k8s.io', id), { recursive: true, force: true })
  removeMatching('/var/lib/cni/results', (_, name) => name.split('-').some((part) => containers.has(part)) || name.startsWith(`${prefix}-`))
  removeMatching('/var/log/containers', (path) => lstatSync(path).isSymbolicLink() && readlinkSync(path).startsWith(stateDir))
  if (folders.includes('/var/lib/kubelet')) rmSync('/var/lib/kubelet/device-plugins', { recursive: true, force: true })
  for (const folder of folders) await tryRun('find', [folder, '-depth', '-type', 'd', '-empty', '-delete'])
}

function removeMatching(folder: string, isOurs: (path: string, name: string) => boolean): void {
  for (const name of entries(folder)) {
    const path = join(folder, name)
    if (isOurs(path, name)) rmSync(path, { force: true })
  }
}

function entries(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}
