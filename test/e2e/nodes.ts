import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { POD, type Pod } from '../../src/adapters/kube/kinds.ts'
import type { ClusterNode } from '../cluster/cluster.ts'
import { run } from '../cluster/command.ts'
import { NODE } from '../cluster/kinds.ts'
import { cgroupRoot, nodeLayouts } from '../cluster/local/layout.ts'
import { isReady } from './cluster-handle.ts'
import type { Kubernetes } from './kubernetes.ts'
import { until } from './until.ts'

/** What may happen to a node of the local test cluster, whose nodes are namespaces and processes of this machine. */

/** As when its power fails: nothing of it runs or answers any more. Its volumes keep their data. */
export async function stopNode(node: ClusterNode): Promise<void> {
  await run('ip', ['link', 'set', linkOf(node), 'down'])
  process.kill(kubeletOf(node), 'SIGSTOP')
  for (const pid of processesOf(node)) kill(pid)
}

/** Its kubelet goes on and starts its containers again. */
export async function startNode(node: ClusterNode): Promise<void> {
  process.kill(kubeletOf(node), 'SIGCONT')
  await run('ip', ['link', 'set', linkOf(node), 'up'])
}

/** Its pods reach no pod of another node, and are reached by none; the API server they do reach. */
export async function partition(k8s: Kubernetes, node: ClusterNode): Promise<void> {
  for (const { podRange } of peersOf(k8s, node)) await inNode(node, ['ip', 'route', 'replace', 'blackhole', podRange])
}

export async function heal(k8s: Kubernetes, node: ClusterNode): Promise<void> {
  for (const { podRange, ip } of peersOf(k8s, node)) {
    await inNode(node, ['ip', 'route', 'del', 'blackhole', podRange]).catch(() => '')
    await inNode(node, ['ip', 'route', 'replace', podRange, 'via', ip])
  }
}

/** When the API server began to hold the node for not ready; undefined while it is ready. */
export async function notReadySince(k8s: Kubernetes, { name }: ClusterNode): Promise<number | undefined> {
  const found = await k8s.kube.get(NODE, { name }, AbortSignal.timeout(10_000))
  const ready = found?.status?.conditions?.find(({ type }) => type === 'Ready')
  return ready === undefined || ready.status === 'True' ? undefined : Date.parse(String(ready.lastTransitionTime))
}

export async function untilNodeIsReady(k8s: Kubernetes, node: ClusterNode): Promise<void> {
  await until(`node ${node.name} is ready`, 90, async () => ((await notReadySince(k8s, node)) === undefined ? true : undefined))
}

/** A node without what the others need, the DNS and the program that makes volumes: those pods move to another node first. */
export async function dispensableNode(k8s: Kubernetes): Promise<ClusterNode> {
  const before = await neededPods(k8s)
  const on = ({ name }: ClusterNode, pods: readonly Pod[]) => pods.filter(({ spec }) => spec?.nodeName === name)
  const [node] = k8s.info.nodes.toSorted((a, b) => on(a, before).length - on(b, before).length)
  if (node === undefined || k8s.info.nodes.length < 2) throw new Error('there is no second node')
  await k8s.kubectl(['cordon', node.name])
  try {
    for (const { metadata } of on(node, before))
      await k8s.kubectl(['--namespace', metadata.namespace, 'delete', 'pod', metadata.name, '--request-timeout=0'])
    await until(`${node.name} has no pod that the others need`, 90, async () => {
      const now = await neededPods(k8s)
      return now.length === before.length && now.every(isReady) && on(node, now).length === 0 ? true : undefined
    })
  } finally {
    await k8s.kubectl(['uncordon', node.name])
  }
  return node
}

async function neededPods(k8s: Kubernetes): Promise<readonly Pod[]> {
  const { items } = await k8s.kube.list(POD, {}, AbortSignal.timeout(10_000))
  // The pods that make and remove single volumes have no owner, and end by themselves.
  return items.filter(
    ({ metadata }) => ['kube-system', 'local-path-storage'].includes(metadata.namespace) && metadata.ownerReferences !== undefined,
  )
}

function peersOf(k8s: Kubernetes, node: ClusterNode) {
  return nodeLayouts(k8s.info.nodes.length).filter(({ name }) => name !== node.name)
}

function inNode({ netns, name }: ClusterNode, command: readonly string[]): Promise<string> {
  if (netns === undefined) throw new Error(`node ${name} is no namespace of this machine`)
  return run('nsenter', [`--net=${netns}`, ...command])
}

/** The host's end of its link has the name of its namespace. */
function linkOf({ netns, name }: ClusterNode): string {
  if (netns === undefined) throw new Error(`node ${name} has no link on this machine`)
  return basename(netns)
}

function kubeletOf({ kubeletPid, name }: ClusterNode): number {
  if (kubeletPid === undefined) throw new Error(`the kubelet of ${name} is no process of this machine`)
  return kubeletPid
}

/** Every process of its pods: the node has a cgroup of its own, below that of the test cluster. */
function processesOf({ name }: ClusterNode): readonly number[] {
  const group = `/${cgroupRoot}/${name}/`
  return readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) && cgroupOf(entry).includes(group) ? Number(entry) : []))
}

/** Empty for a process that has just ended. */
function cgroupOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8')
  } catch {
    return ''
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}
