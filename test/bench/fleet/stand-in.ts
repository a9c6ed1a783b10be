import { fork } from 'node:child_process'
import { connectKube } from '../../../src/adapters/kube.ts'
import { readMemberConfig } from '../../../src/objects/etcd-config/config-file.ts'
import { Certificates } from './certificates.ts'
import { type Mischief, StandInCluster } from './etcd-cluster.ts'
import { type AnswerCall, createGrpcListener } from './grpc-listener.ts'
import { startKubelet } from './kubelet.ts'
import { fleetNamespace, podAddress } from './names.ts'

/** What the process is told: it answers each with `done`, or with when each cluster's member list was asked for. */
type Order =
  /** Clusters that were formed before. */
  | { readonly order: 'adopt'; readonly clusters: readonly FormedCluster[] }
  | { readonly order: 'silence'; readonly pods: readonly string[] }
  | { readonly order: 'turn'; readonly cluster: string; readonly mischief: Mischief }
  /** The times of all member lists since the last such order. */
  | { readonly order: 'looks' }

export interface FormedCluster {
  readonly name: string
  readonly members: readonly { readonly name: string; readonly peerUrl: string }[]
}

/** Times of Unix in milliseconds at which a cluster's member list was asked for, by the cluster's name. */
export type Looks = Readonly<Record<string, readonly number[]>>

/** Kubelets, controllers and etcd in a process of their own, so that their CPU isn't the operator's. */
export interface StandIn {
  adopt(clusters: readonly FormedCluster[]): Promise<void>
  silence(pods: readonly string[]): Promise<void>
  /** The members of this cluster are no etcd any more. */
  turn(cluster: string, mischief: Mischief): Promise<void>
  looks(): Promise<Looks>
  end(): Promise<void>
}

export async function startStandIn(kubeconfig: string): Promise<StandIn> {
  const child = fork(import.meta.filename, [kubeconfig], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = []
  const next = () => new Promise<unknown>((resolve, reject) => waiting.push({ resolve, reject }))
  child.on('message', (message: unknown) => waiting.shift()?.resolve(message))
  child.on('exit', (code) => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`the stand-in has ended (exit code ${code})`))
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const send = (order: Order) => {
    const answer = next()
    child.send(order)
    return answer
  }
  await next()
  return {
    adopt: async (clusters) => void (await send({ order: 'adopt', clusters })),
    silence: async (pods) => void (await send({ order: 'silence', pods })),
    turn: async (cluster, mischief) => void (await send({ order: 'turn', cluster, mischief })),
    looks: async () => (await send({ order: 'looks' })) as Looks,
    async end() {
      process.off('exit', kill)
      if (child.exitCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}

if (import.meta.main) await serve(process.argv[2] ?? '')

async function serve(kubeconfig: string): Promise<void> {
  const clusters = new Map<string, StandInCluster>()
  const pods = new Map<string, string>()
  let looks: Record<string, number[]> = {}
  const { signal } = new AbortController()
  const certificates = new Certificates()
  const answer: AnswerCall = (address, call, request) => {
    const pod = pods.get(address) ?? ''
    const name = clusterOf(pod)
    if (call === 'Cluster.MemberList') {
      looks[name] ??= []
      looks[name].push(Date.now())
    }
    return clusterNamed(name).answer(pod, call, request)
  }
  const listener = createGrpcListener(answer, certificates.of)
  const clusterNamed = (name: string) => {
    const cluster = clusters.get(name) ?? new StandInCluster(name)
    clusters.set(name, cluster)
    return cluster
  }
  const open = (pod: string) => {
    pods.set(podAddress(pod), pod)
    return listener.open(podAddress(pod))
  }

  const kube = connectKube({ kubeconfig, userAgent: 'fleet-stand-in', callsPerSecond: 10_000, burst: 10_000 })
  const containers = {
    async start(pod: string, configText: string) {
      clusterNamed(clusterOf(pod)).start(pod, configText)
      const config = readMemberConfig(configText)
      if (config.state === 'unreadable' || config.profile === 'Off') return open(pod)
      await certificates.read(kube, fleetNamespace, clusterOf(pod), signal)
      pods.set(podAddress(pod), pod)
      await listener.openEncrypted(podAddress(pod))
    },
    async stop(pod: string) {
      clusterNamed(clusterOf(pod)).stop(pod)
      await listener.close(podAddress(pod))
    },
  }
  await startKubelet(kube, containers, signal)

  async function carryOut(order: Order): Promise<unknown> {
    switch (order.order) {
      case 'adopt':
        for (const { name, members } of order.clusters) {
          clusterNamed(name).adopt(members)
          await Promise.all(members.map((member) => open(member.name)))
        }
        return 'done'
      case 'silence':
        for (const pod of order.pods) listener.silence(podAddress(pod))
        return 'done'
      case 'turn':
        clusterNamed(order.cluster).turn(order.mischief)
        return 'done'
      case 'looks': {
        const seen = looks
        looks = {}
        return seen
      }
    }
  }
  process.on('message', (order: Order) => {
    carryOut(order).then(
      (answer) => process.send?.(answer),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  process.once('disconnect', () => process.exit(0))
  process.send?.('ready')
}

function clusterOf(pod: string): string {
  return pod.slice(0, pod.lastIndexOf('-'))
}
