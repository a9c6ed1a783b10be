import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binaryPath } from '../binaries.ts'
import { run } from '../command.ts'
import { createNodeCgroup } from './cgroup.ts'
import { type Daemon, startDaemon, untilServing } from './daemon.ts'
import { dnsIp, type NodeLayout } from './layout.ts'
import { containerdConfig, kubeletConfig, networkConfig, proxyConfig } from './node-config.ts'
import { kubeconfigOf, pkiPair } from './pki.ts'

/** Starts a node's containerd inside its network namespace and waits until it answers. */
export async function startContainerd(node: NodeLayout): Promise<Daemon> {
  writeNodeFiles(node)
  createNodeCgroup(node)
  const name = `containerd-${node.name}`
  const daemon = await startDaemon(name, 'containerd', ['--config', join(node.dir, 'containerd.toml')], node.netnsPath)
  await untilServing(daemon, 30_000, () => run('ctr', ['--address', node.containerdSocket, 'version']))
  return daemon
}

export function startKubelet(node: NodeLayout): Promise<Daemon> {
  const args = [
    `--config=${join(node.dir, 'kubelet.json')}`,
    `--kubeconfig=${kubeconfigOf(`kubelet-${node.name}`)}`,
    `--root-dir=${join(node.dir, 'kubelet')}`,
    `--cert-dir=${join(node.dir, 'kubelet', 'pki')}`,
    `--hostname-override=${node.name}`,
    `--node-ip=${node.ip}`,
    `--node-labels=topology.kubernetes.io/region=local,topology.kubernetes.io/zone=${node.zone}`,
  ]
  return startDaemon(`kubelet-${node.name}`, binaryPath('kubelet'), args, node.netnsPath)
}

export function startProxy(node: NodeLayout): Promise<Daemon> {
  const args = [`--config=${join(node.dir, 'proxy.json')}`, `--hostname-override=${node.name}`]
  return startDaemon(`kube-proxy-${node.name}`, binaryPath('kube-proxy'), args, node.netnsPath)
}

function writeNodeFiles(node: NodeLayout): void {
  const mayLowerOomScore = hasCapability(capSysResource)
  for (const dir of ['kubelet', 'pod-logs', 'volumes', 'cni', 'plugins']) mkdirSync(join(node.dir, dir), { recursive: true })
  mkdirSync(node.runDir, { recursive: true })
  const write = (file: string, content: unknown) =>
    writeFileSync(join(node.dir, file), typeof content === 'string' ? content : JSON.stringify(content, undefined, 2))
  write('containerd.toml', containerdConfig(node, mayLowerOomScore))
  write('cni/10-pods.conflist', networkConfig(node))
  write('kubelet.json', kubeletConfig(node, pkiPair(`kubelet-${node.name}`), mayLowerOomScore))
  write('proxy.json', proxyConfig(kubeconfigOf('proxy'), mayLowerOomScore))
  // The host's own would send pods without cluster DNS to name servers that they can't and mustn't reach.
  write('resolv.conf', `nameserver ${dnsIp}\n`)
}

const capSysResource = 24n

function hasCapability(bit: bigint): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  return ((BigInt(`0x${effective}`) >> bit) & 1n) === 1n
}
