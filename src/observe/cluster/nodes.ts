import type { Etcd } from '../../adapters/etcd/calls.ts'
import { NODE, type Node } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import { leaderOf, podOf } from '../../model/cluster/members.ts'
import { suspectNodes, whyNodeLost } from '../../model/cluster/node-loss.ts'
import type { ClusterView, NodeFacts } from '../../model/cluster/view.ts'
import { type Known, known, unknown } from '../../model/known.ts'
import { endpointOf, port } from '../../model/names.ts'
import { attempt } from './members.ts'

/**
 * Reads the nodes of members that are silent, and nothing else of any node. Where one of them seems to be lost, etcd's leader is asked
 * with which members it is connected.
 */
export async function withNodes(kube: Kube, etcd: Etcd, view: ClusterView, signal: AbortSignal): Promise<ClusterView> {
  const names = suspectNodes(view)
  if (names.length === 0) return view
  const nodes = new Map(await Promise.all(names.map(async (name) => [name, await readNode(kube, name, signal)] as const)))
  const seen = { ...view, nodes }
  return names.some((name) => whyNodeLost(seen, name) !== undefined)
    ? { ...seen, heardByLeader: await askLeader(etcd, seen, signal) }
    : seen
}

async function readNode(kube: Kube, name: string, signal: AbortSignal): Promise<Known<NodeFacts>> {
  // The right to read nodes is optional.
  const node = await attempt(() => kube.get(NODE, { name }, signal))
  if (!node.known) return node
  return known(node.value === undefined ? { state: 'absent' } : nodeFacts(node.value))
}

/** A node that is being set up has no condition yet. */
function nodeFacts({ status, metadata }: Node): NodeFacts {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'True') return { state: 'ready' }
  return { state: 'not-ready', since: Date.parse(ready?.lastTransitionTime ?? metadata.creationTimestamp) }
}

async function askLeader(etcd: Etcd, view: ClusterView, signal: AbortSignal): Promise<Known<ReadonlySet<string>>> {
  const leader = leaderOf(view)
  const pod = leader?.name === undefined ? undefined : podOf(view, leader.name)
  if (pod?.ip === undefined) return unknown('no leader can be asked')
  const page = await attempt(() => etcd.raftStatus(endpointOf(view.cluster, pod, port.metrics), { signal, deadlineMs: 1000 }))
  return page.known ? known(new Set(page.value.connectedTo)) : page
}
