import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { PERSISTENT_VOLUME_CLAIM, type Pod } from '../../src/adapters/kube/kinds.ts'
import { PERSISTENT_VOLUME } from '../cluster/kinds.ts'
import type { Kubernetes } from './kubernetes.ts'

/** What only the machine of a local test cluster allows: its containers are processes here, and its volumes are folders here. */

/** SIGKILL for etcd, unless it has ended by itself just now. */
export function killEtcd(pod: Pod): void {
  const pid = pidOf(pod)
  if (pid !== undefined) process.kill(pid, 'SIGKILL')
}

/** Sends a signal to etcd itself. SIGKILL ends it without a word, SIGSTOP freezes it until SIGCONT. */
export function signalEtcd(pod: Pod, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  process.kill(etcdPid(pod), signal)
}

/** Removes everything that lies on the volume of a claim. */
export async function emptyVolume(k8s: Kubernetes, namespace: string, claim: string): Promise<void> {
  const path = await volumeFolder(k8s, namespace, claim)
  for (const entry of readdirSync(path)) rmSync(join(path, entry), { recursive: true, force: true })
}

/** Where on this machine the volume of a claim lies. */
export async function volumeFolder(k8s: Kubernetes, namespace: string, claim: string): Promise<string> {
  const found = await k8s.kube.get(PERSISTENT_VOLUME_CLAIM, { namespace, name: claim }, AbortSignal.timeout(10_000))
  const volume = await k8s.kube.get(PERSISTENT_VOLUME, { name: found?.spec?.volumeName ?? '' }, AbortSignal.timeout(10_000))
  const path = volume?.spec?.local?.path ?? volume?.spec?.hostPath?.path
  if (path === undefined) throw new Error(`the volume of ${namespace}/${claim} is no folder of this machine`)
  return path
}

export function etcdPid(pod: Pod): number {
  const pid = pidOf(pod)
  if (pid === undefined) throw new Error(`etcd of pod ${pod.metadata.name} is no process of this machine`)
  return pid
}

/** The kubelet names a pod's cgroup after its UID. */
function pidOf({ metadata: { uid } }: Pod): number | undefined {
  const found = readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && isEtcd(entry) && readProc(entry, 'cgroup').includes(uid))
  return found === undefined ? undefined : Number(found)
}

function isEtcd(pid: string): boolean {
  return readProc(pid, 'comm').trim() === 'etcd'
}

/** Empty for a process that has just ended. */
function readProc(pid: string, file: string): string {
  try {
    return readFileSync(join('/proc', pid, file), 'utf8')
  } catch {
    return ''
  }
}
