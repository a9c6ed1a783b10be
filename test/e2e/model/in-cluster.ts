import { applyAll } from '../../../src/act/cluster/apply.ts'
import { besidePasses } from '../../../src/act/cluster/beside-passes.ts'
import { perform } from '../../../src/act/cluster/steps.ts'
import { WriteHistory } from '../../../src/act/cluster/write-history.ts'
import type { Etcd } from '../../../src/adapters/etcd/calls.ts'
import { credentialStore } from '../../../src/adapters/etcd/credentials.ts'
import { isFailure } from '../../../src/adapters/failure.ts'
import { POD, type Pod } from '../../../src/adapters/kube/kinds.ts'
import { leaderOf, podOf } from '../../../src/model/cluster/members.ts'
import type { ClusterView } from '../../../src/model/cluster/view.ts'
import { unknown } from '../../../src/model/known.ts'
import { ClusterMemory } from '../../../src/observe/cluster/memory.ts'
import { type Observation, observeCluster } from '../../../src/observe/cluster/observe.ts'
import { liveReader } from '../../../src/observe/watches/reader.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import type { ClusterHandle } from '../cluster-handle.ts'
import { operatorNamespace } from '../install.ts'
import type { Kubernetes } from '../kubernetes.ts'
import { emptyVolume, signalEtcd } from '../member-process.ts'
import { until } from '../until.ts'
import { type Action, type Event, nothingToActOn, stepOf } from './action.ts'

/** One cluster of the test cluster that no operator touches: the steps are carried out from here, by the operator's own code. */
export interface RealCluster {
  /** Looks, and writes what is always safe to write, as every pass of the operator does. */
  look(): Promise<ClusterView>
  /** Carries out the action. Why it was refused, or undefined. */
  act(action: Action): Promise<string | undefined>
}

/** The EtcdCluster is paused, so the installed operator writes nothing but its status; here it is looked at as if it weren't. */
export function realCluster(k8s: Kubernetes, etcd: Etcd, demo: ClusterHandle): RealCluster {
  const { kube } = k8s
  const { namespace } = demo
  const memory = new ClusterMemory()
  const history = new WriteHistory()
  const begin = besidePasses({ memory, etcd, clock: systemClock, ended: () => undefined })
  const signal = () => AbortSignal.timeout(20_000)
  const none = { get: () => undefined, list: () => [], all: () => [], ofCluster: () => [] }
  const sources = {
    kube,
    etcd,
    // Only the status tells of backups, and here no status is written.
    caches: { backups: none, schedules: none, users: none },
    now: Date.now,
    monotonicMs: () => performance.now(),
    newestGeneration: 0,
    countsFrom: 0,
    operatorNamespace,
    agentImage: async () => unknown('no Job is made here'),
    readingStored: async () => unknown('no version is changed here'),
    comparing: async () => unknown('the data of the members is not compared here'),
    pages: { look: () => new Map() },
    secretsAnew: true,
    credentials: credentialStore(),
    patience: <T>(_: string, ask: (bounded: AbortSignal) => Promise<T>, bounded: AbortSignal) => ask(bounded),
  }

  async function observe(): Promise<Observation> {
    const cluster = await demo.get()
    return observeCluster(sources, liveReader(kube), { ...cluster, spec: { ...cluster.spec, paused: false } }, memory, signal())
  }

  async function carryOut(action: Extract<Action, { do: unknown }>): Promise<string | undefined> {
    const observation = await observe()
    // Who leads is a matter of chance here: the member may lead already.
    if (action.do === 'MoveLeader' && leaderOf(observation.view)?.name === `demo-${action.ordinal}`) return undefined
    const step = stepOf(observation.view, action)
    if (step === undefined) return nothingToActOn
    try {
      await perform({ kube, live: kube, etcd, ...observation, signal: signal(), begin }, step.do, step)
      return undefined
    } catch (error) {
      if (isFailure(error)) return `${error.kind}: ${error.message}`
      throw error
    }
  }

  async function happen(event: Event, ordinal: number): Promise<void> {
    const name = `demo-${ordinal}`
    const pod = await until(`pod ${name}`, 10, () => kube.get(POD, { namespace, name }, signal()))
    switch (event) {
      case 'process killed':
        signalEtcd(pod, 'SIGKILL')
        await until(`the container of ${name} has ended`, 20, async () => {
          const now = podOf((await observe()).view, name)
          return now === undefined || now.restarts > restartsOf(pod) || now.etcd.state !== 'running' ? true : undefined
        })
        return
      case 'pod deleted':
        return kube.delete(POD, { namespace, name }, { uid: pod.metadata.uid }, signal())
      case 'pod killed':
        return kube.delete(POD, { namespace, name }, { uid: pod.metadata.uid }, signal(), { gracePeriodSeconds: 0 })
      case 'volume emptied':
        // In this order: the next pod must not find the data. The running process keeps its open files and makes no others.
        await emptyVolume(k8s, namespace, `data-${name}`)
        return kube.delete(POD, { namespace, name }, { uid: pod.metadata.uid }, signal(), { gracePeriodSeconds: 0 })
    }
  }

  return {
    async look() {
      const observation = await observe()
      const applied = await applyAll(kube, observation, history, performance.now(), signal())
      if (applied.failure !== undefined && !isFailure(applied.failure)) throw applied.failure
      return observation.view
    },
    async act(action) {
      if ('do' in action) return carryOut(action)
      await happen(action.event, action.ordinal)
      return undefined
    },
  }
}

function restartsOf(pod: Pod): number {
  return pod.status?.containerStatuses?.find(({ name }) => name === 'etcd')?.restartCount ?? 0
}
