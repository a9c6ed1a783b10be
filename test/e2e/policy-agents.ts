import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binaryPath } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import type { ClusterNode } from '../cluster/cluster.ts'
import { run } from '../cluster/command.ts'
import { podRange } from '../cluster/local/layout.ts'
import { timedProgress } from '../cluster/progress.ts'
import type { Kubernetes } from './kubernetes.ts'

/** NetworkPolicies are enforced while these run. */
export interface PolicyAgents {
  /** @throws Error with the last words of an agent that has ended by itself: nothing is enforced on its node any more */
  expectRunning(): void
  stop(): Promise<void>
}

/** Takes minutes where no build of it is kept. */
export function buildPolicyAgents(): Promise<void> {
  return ensureBinaries(['kube-network-policies'], { progress: timedProgress() })
}

/**
 * kube-network-policies on every node of the local cluster, whose own network knows no policies. Its agent judges the first packet of each
 * connection. The kernels here lack the nftables expression that hands it the packets, which it doesn't notice; one iptables rule does the
 * same. As everywhere in Kubernetes a node's own connections to its pods, those of the kubelet, are let through.
 *
 * Without an agent the rule lets everything pass: a test has to see something closed first.
 */
export async function startPolicyAgents({ info }: Kubernetes): Promise<PolicyAgents> {
  await removeRules(info.nodes)
  const dir = mkdtempSync(join(tmpdir(), 'policy-agents-'))
  const logOf = ({ name }: ClusterNode) => join(dir, name)
  const agents = info.nodes.map((node) => startAgent(node, info.kubeconfig, openSync(logOf(node), 'w')))
  for (const node of info.nodes) await inNode(node, [...iptables, '-A', ...rule])
  return {
    expectRunning() {
      for (const [index, node] of info.nodes.entries()) {
        if (agents[index]?.exitCode === null && agents[index]?.signalCode === null) continue
        const words = readFileSync(logOf(node), 'utf8').split('\n').slice(-15).join('\n')
        throw new Error(`the agent of ${node.name} has ended:\n${words}`)
      }
    },
    async stop() {
      await removeRules(info.nodes)
      await Promise.all(agents.map(stopped))
    },
  }
}

const iptables = ['iptables', '-w', '-t', 'mangle']
const news = ['-m', 'conntrack', '--ctstate', 'NEW', '-m', 'addrtype', '!', '--src-type', 'LOCAL', '-d', podRange]
const rule = ['POSTROUTING', ...news, '-j', 'NFQUEUE', '--queue-num', '100', '--queue-bypass']

/** Also those of a run that was killed. */
async function removeRules(nodes: readonly ClusterNode[]): Promise<void> {
  for (const node of nodes) {
    const remove = () =>
      inNode(node, [...iptables, '-D', ...rule]).then(
        () => true,
        () => false,
      )
    while (await remove());
  }
}

function startAgent(node: ClusterNode, kubeconfig: string, log: number): ChildProcess {
  const program = [binaryPath('kube-network-policies'), kubeconfig, node.name]
  return spawn('nsenter', [`--net=${node.netns}`, ...program], { stdio: ['ignore', log, log] })
}

async function stopped(agent: ChildProcess): Promise<void> {
  if (agent.exitCode !== null || agent.signalCode !== null) return
  const ended = once(agent, 'exit')
  agent.kill('SIGKILL')
  await ended
}

function inNode({ netns, name }: ClusterNode, command: readonly string[]): Promise<string> {
  if (netns === undefined) throw new Error(`node ${name} is no namespace of this machine`)
  return run('nsenter', [`--net=${netns}`, ...command])
}
