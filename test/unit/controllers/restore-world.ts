import { Failure } from '../../../src/adapters/failure.ts'
import type { Kube } from '../../../src/adapters/kube.ts'
import type { EtcdRestore, EtcdRestoreStatus } from '../../../src/api/backups.ts'
import type { EtcdCluster, EtcdClusterStatus } from '../../../src/api/etcd-cluster.ts'
import { restoreController } from '../../../src/controllers/restore.ts'
import type { Tools } from '../../../src/controllers/tools.ts'
import { packSpec } from '../../../src/model/agent/packed-spec.ts'
import type { AgentResult } from '../../../src/model/agent/task.ts'
import { known } from '../../../src/model/known.ts'
import { anEtcdCluster } from '../../builders/a-cluster.ts'
import { aRestore, aStoredBackup, clusterCondition, type RestoreScene, snapshot } from '../../builders/a-restore.ts'
import { fakeKube, type Stored } from '../act/fake-kube.ts'
import { VirtualClock } from '../runtime/virtual-clock.ts'

const completed = { phase: 'Completed', location: 'demo/b1.db', sha256: snapshot.sha256, revision: snapshot.revision } as const
const manifest = { cluster: 'demo', clusterId: 'c1c1', etcdVersion: '3.6.16', spec: packSpec(anEtcdCluster({ size: 3 }).spec) }
export const whole: AgentResult = { result: 'Verified', snapshot, manifest }

type Refuse = (verb: 'create' | 'patch' | 'delete', plural: string, dryRun: boolean) => Failure | undefined

/** One namespace with a completed backup b1, its claim, and EtcdRestores. Jobs and EtcdClusters do what `worldMoves` says. */
export class RestoreWorld {
  readonly #server = fakeKube({
    'etcdbackups/b1': stored(aStoredBackup(completed)),
    'persistentvolumeclaims/backups': stored({ metadata: { name: 'backups', uid: 'uid-pvc', resourceVersion: '1' } }),
  })
  readonly #clock = new VirtualClock()
  /** What the agent reports when it has read the file. */
  agentSays: AgentResult = whole
  /** A write that is refused; one that is carried out although the operator never hears of it is `lost`. */
  refuses: Refuse = () => undefined
  loses: Refuse = () => undefined
  /** `create jobs`, in order. */
  readonly writes: string[] = []
  /** How often the API server was asked for something, and how long it takes for each answer. */
  reads = 0
  readMs = 0

  constructor(...restores: readonly RestoreScene[]) {
    for (const { restore } of restores) this.put('etcdrestores', restore)
  }

  put(plural: string, object: object): void {
    const { metadata } = stored(object)
    this.#objects.set(`${plural}/${metadata.name}`, stored(object))
  }

  remove(key: string): void {
    this.#objects.delete(key)
  }

  status(name = 'r1'): EtcdRestoreStatus | undefined {
    return this.#read<EtcdRestore>(`etcdrestores/${name}`)?.status
  }

  cluster(name = 'demo2'): EtcdCluster | undefined {
    return this.#read<EtcdCluster>(`etcdclusters/${name}`)
  }

  names(plural: string): readonly string[] {
    return [...this.#objects.keys()].filter((key) => key.startsWith(`${plural}/`)).map((key) => key.slice(plural.length + 1))
  }

  /** A copy of what the caches would hold now, for an operator that falls behind. */
  snapshot(): ReadonlyMap<string, Stored> {
    return new Map(this.#objects)
  }

  /** One pass of an operator that has just started, over what its caches hold. */
  async pass(name = 'r1', cached: ReadonlyMap<string, Stored> = this.#objects): Promise<void> {
    await restoreController(this.#tools(cached)).pass(`ns/${name}`, new AbortController().signal)
  }

  /** What Kubernetes, the agent and the cluster's own controller do next. */
  worldMoves(): void {
    for (const name of this.names('jobs')) this.#runJob(name)
    for (const name of this.names('etcdclusters')) this.#grow(name)
  }

  /** Passes and moves until it has ended; an operator that crashes is started again. */
  async untilEnded(name = 'r1'): Promise<EtcdRestoreStatus> {
    for (let pass = 0; pass < 40; pass++) {
      await this.pass(name).catch(() => undefined)
      const status = this.status(name)
      if (status?.phase === 'Completed' || status?.phase === 'Failed') return status
      this.worldMoves()
    }
    throw new Error(`not ended: ${JSON.stringify(this.status(name))}`)
  }

  /** The Jobs' pods are ready. */
  jobRuns(): void {
    for (const name of this.names('jobs')) this.put('jobs', { ...this.#read<Stored>(`jobs/${name}`), status: { ready: 1 } })
  }

  /** The Job of that name ends, and its pod says so. */
  #runJob(name: string): void {
    const job = this.#read<Stored>(`jobs/${name}`)
    if (job === undefined || this.#objects.has(`pods/${name}-x`)) return
    const failed = this.agentSays.result === 'Failed'
    this.#objects.set(`jobs/${name}`, { ...job, status: { conditions: [{ type: failed ? 'Failed' : 'Complete', status: 'True' }] } })
    const terminated = { exitCode: failed ? 3 : 0, message: JSON.stringify(this.agentSays) }
    this.put('pods', {
      metadata: { name: `${name}-x`, uid: `uid-${name}-x`, creationTimestamp: '', ownerReferences: [{ uid: job.metadata.uid }] },
      status: { phase: failed ? 'Failed' : 'Succeeded', containerStatuses: [{ name: 'agent', state: { terminated } }] },
    })
  }

  #grow(name: string): void {
    const cluster = this.#read<EtcdCluster>(`etcdclusters/${name}`)
    if (cluster === undefined) return
    const formed: EtcdClusterStatus = { clusterID: 'd2d2', members: 1 }
    const ready: EtcdClusterStatus = { clusterID: 'd2d2', members: 3, conditions: [clusterCondition('Ready', 'AllMembersServe')] }
    this.clusterSays(cluster.status?.clusterID === undefined ? formed : ready, name)
  }

  clusterSays(status: EtcdClusterStatus, name = 'demo2'): void {
    const cluster = this.#read<EtcdCluster>(`etcdclusters/${name}`)
    if (cluster !== undefined) this.put('etcdclusters', { ...cluster, metadata: { ...cluster.metadata, generation: 1 }, status })
  }

  get #objects(): Map<string, Stored> {
    return this.#server.objects as Map<string, Stored> // The world moves what the fake keeps.
  }

  #read<T>(key: string): T | undefined {
    return this.#objects.get(key) as T | undefined // Whatever was put there.
  }

  #tools(cached: ReadonlyMap<string, Stored>): Tools {
    const kube = this.#kube()
    const of = (plural: string) => ({ get: (_namespace: string, name: string) => cached.get(`${plural}/${name}`) })
    const silent = () => undefined
    const tools = {
      live: kube,
      caches: { kube, clusters: of('etcdclusters'), backups: of('etcdbackups'), restores: of('etcdrestores'), jobs: of('jobs') },
      agentImage: async () => known({ name: 'etcd-operator:dev', pullPolicy: 'IfNotPresent', pullSecrets: [] }),
      identity: 'etcd-operator-1',
      clock: this.#clock,
      log: { debug: silent, info: silent, warn: silent, error: silent },
    }
    return tools as unknown as Tools // All that this controller uses.
  }

  /** The API server, with what goes wrong on the way. */
  #kube(): Kube {
    const { kube } = this.#server
    const { writes } = this
    const through = async <T>(verb: 'create' | 'patch' | 'delete', plural: string, dryRun: boolean, call: () => Promise<T>): Promise<T> => {
      if (plural === 'events') return call()
      const refusal = this.refuses(verb, plural, dryRun)
      if (refusal !== undefined) throw refusal
      const done = await call()
      if (!dryRun) writes.push(`${verb} ${plural}`)
      const loss = this.loses(verb, plural, dryRun)
      if (loss !== undefined) throw loss
      return done
    }
    const counted = <T>(answer: T): T => {
      this.reads += 1
      this.#clock.freeze(this.readMs)
      return answer
    }
    return {
      ...kube,
      get: (kind, ref, signal) => counted(kube.get(kind, ref, signal)),
      list: (kind, where, signal) => counted(kube.list(kind, where, signal)),
      create: (kind, object, signal, options) =>
        through('create', kind.plural, options?.dryRun === true, () => kube.create(kind, object, signal, options)),
      patch: (kind, ref, patch, signal, options) =>
        through('patch', kind.plural, false, () => kube.patch(kind, ref, patch, signal, options)),
      delete: (kind, ref, preconditions, signal, options) =>
        through('delete', kind.plural, false, () => kube.delete(kind, ref, preconditions, signal, options)),
    }
  }
}

/** EtcdRestore `name` of backup b1 into `cluster`. */
export function anotherRestore(name: string, cluster: string): RestoreScene {
  const scene = aRestore()
  const { metadata, spec } = scene.restore
  return scene.with({ restore: { ...scene.restore, metadata: { ...metadata, name, uid: `uid-${name}` }, spec: { ...spec, cluster } } })
}

/** The operator dies at its n-th write, counted over all of its lives: before it is carried out, or before it hears of it. */
export function dyingAt(world: RestoreWorld, n: number, when: 'before' | 'after'): RestoreWorld {
  let writes = 0
  const die = () => {
    writes += 1
    return writes === n ? new Failure('unavailable', 'the operator died') : undefined
  }
  if (when === 'before') world.refuses = die
  else world.loses = die
  return world
}

function stored(object: object): Stored {
  return object as Stored // Builders make them whole.
}
