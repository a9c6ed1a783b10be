import { readFileSync } from 'node:fs'
import { RequirementMissing, run, tryRun } from '../command.ts'
import { bridge, hostIp, type NodeLayout, nodeRange, podRange, prefix, serviceRange } from './layout.ts'

/**
 * The bridge, and routes that keep the cluster's ranges on this machine: what belongs to no node is unreachable,
 * also while the bridge is away, so that no packet ever follows the machine's default route.
 */
export async function createHostNetwork(nodes: readonly NodeLayout[]): Promise<void> {
  await refuseForeignRoutes()
  await ip([
    ...[podRange, serviceRange, nodeRange].map((range) => `route replace unreachable ${range} metric 4000`),
    `link add ${bridge} type bridge`,
    `addr add ${hostIp}/24 dev ${bridge}`,
    `link set ${bridge} up`,
    ...nodes.map((node) => `route replace ${node.podRange} via ${node.ip} dev ${bridge} onlink`),
  ])
  if (bridgedPacketsAreFiltered()) await run('iptables', ['-w', '-I', ...forwardRule])
}

/**
 * A node's namespace. It has routes to its peers and to the Service range, where kube-proxy's rules catch the packets, and no default
 * route: from a pod nothing but the cluster can be reached.
 */
export async function createNodeNetwork(node: NodeLayout, nodes: readonly NodeLayout[]): Promise<void> {
  await ip([
    `netns add ${node.netns}`,
    `link add ${node.netns} type veth peer name eth0 netns ${node.netns}`,
    `link set ${node.netns} master ${bridge} up`,
  ])
  const peers = nodes.filter((other) => other.name !== node.name)
  await ip(
    [
      'link set lo up',
      `addr add ${node.ip}/24 dev eth0`,
      'link set eth0 up',
      `route add ${serviceRange} dev eth0`,
      ...peers.map((peer) => `route add ${peer.podRange} via ${peer.ip}`),
    ],
    node.netns,
  )
  await run('nsenter', [`--net=${node.netnsPath}`, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'])
}

/** Removes all of it, complete or not. */
export async function removeNetwork(): Promise<void> {
  for (const netns of await ours(['netns', 'list'])) await tryRun('ip', ['netns', 'del', netns])
  for (const link of await ours(['-o', 'link', 'show'])) await tryRun('ip', ['link', 'del', link])
  for (const range of [podRange, serviceRange, nodeRange]) await tryRun('ip', ['route', 'del', 'unreachable', range, 'metric', '4000'])
  while ((await tryRun('iptables', ['-w', '-D', ...forwardRule])) !== undefined);
}

/** Where the machine filters bridged packets too (as Docker arranges), its FORWARD policy would stop node-to-node traffic. */
const forwardRule = ['FORWARD', '-i', bridge, '-o', bridge, '-m', 'comment', '--comment', 'etcd-operator test cluster', '-j', 'ACCEPT']

function bridgedPacketsAreFiltered(): boolean {
  try {
    return readFileSync('/proc/sys/net/bridge/bridge-nf-call-iptables', 'utf8').trim() === '1'
  } catch {
    return false
  }
}

async function refuseForeignRoutes(): Promise<void> {
  const routes = (await run('ip', ['-4', 'route', 'show', 'table', 'all'])).split('\n')
  const foreign = routes.find((route) => /\b10\.(199\.0|200\.|201\.)/.test(route))
  if (foreign !== undefined)
    throw new RequirementMissing(`This machine uses an address range that the test cluster needs: ${foreign.trim()}`)
}

async function ip(lines: readonly string[], netns?: string): Promise<void> {
  const inNamespace = netns === undefined ? [] : ['-n', netns]
  await run('ip', [...inNamespace, '-batch', '-'], { input: `${lines.join('\n')}\n` })
}

/** Names of namespaces or links that carry our prefix, from a listing of `ip`. */
async function ours(args: readonly string[]): Promise<readonly string[]> {
  return namesIn((await tryRun('ip', args)) ?? '')
}

export function namesIn(listing: string): readonly string[] {
  return [...listing.matchAll(new RegExp(`^(?:\\d+: )?(${prefix}-[a-z0-9]+)`, 'gm'))].flatMap((match) => match[1] ?? [])
}
