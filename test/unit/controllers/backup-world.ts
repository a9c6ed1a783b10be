import { Failure } from '../../../src/adapters/failure.ts'
import type { Kube } from '../../../src/adapters/kube.ts'
import type { EtcdBackup } from '../../../src/api/backups.ts'
import { storedBackupFinalizer } from '../../../src/api/labels.ts'
import { backupController } from '../../../src/controllers/backup.ts'
import type { Tools } from '../../../src/controllers/tools.ts'
import type { AgentResult } from '../../../src/model/agent/task.ts'
import { known } from '../../../src/model/known.ts'
import { createMetrics } from '../../../src/report/metrics.ts'
import { aFormedCluster, type BackupScene, backedUp } from '../../builders/a-backup.ts'
import { fakeKube, type Stored } from '../act/fake-kube.ts'
import { VirtualClock } from '../runtime/virtual-clock.ts'

type Verb = 'create' | 'patch' | 'delete'
type Refuse = (verb: Verb, plural: string) => Failure | undefined

/** One namespace with a formed cluster, a claim and the EtcdBackup b1. Jobs do what `worldMoves` says. */
export class BackupWorld {
  readonly #server = fakeKube({
    'etcdclusters/demo': stored(aFormedCluster()),
    'persistentvolumeclaims/backups': stored({ metadata: { name: 'backups', uid: 'uid-pvc', resourceVersion: '1' } }),
  })
  readonly #clock = new VirtualClock()
  /** What the agent reports of the backup. */
  agentSays: AgentResult = backedUp
  /** A write that is refused; one that is carried out although the operator never hears of it is lost. */
  refuses: Refuse = () => undefined
  loses: Refuse = () => undefined
  /** `create jobs`, in order. */
  readonly writes: string[] = []
  /** Reads and writes. */
  requests = 0

  constructor({ backup }: BackupScene) {
    this.#objects.set('etcdbackups/b1', stored(backup))
  }

  get backup(): EtcdBackup | undefined {
    return this.#objects.get('etcdbackups/b1') as EtcdBackup | undefined // Put there by the constructor.
  }

  names(plural: string): readonly string[] {
    return [...this.#objects.keys()].filter((key) => key.startsWith(`${plural}/`)).map((key) => key.slice(plural.length + 1))
  }

  remove(key: string): void {
    this.#objects.delete(key)
  }

  /** What the caches would hold now, for an operator that falls behind. */
  snapshot(): ReadonlyMap<string, Stored> {
    return new Map(this.#objects)
  }

  /** A person deletes the EtcdBackup. */
  deleteBackup(): void {
    const { backup } = this
    if (backup === undefined) return
    const metadata = { ...backup.metadata, deletionTimestamp: '2026-11-21T10:00:00Z' }
    this.#objects.set('etcdbackups/b1', stored({ ...backup, metadata }))
    this.#collectGarbage()
  }

  /** A person deletes the claim, which stays while a pod names it. */
  deleteClaim(): void {
    const claim = { metadata: { name: 'backups', uid: 'uid-pvc', resourceVersion: '2', deletionTimestamp: '2026-11-21T10:00:00Z' } }
    this.#objects.set('persistentvolumeclaims/backups', stored(claim))
  }

  /** One pass of an operator that has just started, over what its caches hold. */
  async pass(cached: ReadonlyMap<string, Stored> = this.#objects): Promise<void> {
    try {
      await backupController(this.#tools(cached)).pass('ns/b1', new AbortController().signal)
    } finally {
      this.#collectGarbage()
    }
  }

  /** Every Job that runs ends, and its pod says so. */
  worldMoves(): void {
    for (const name of this.names('jobs')) {
      const says: AgentResult = name.endsWith('-delete') ? { result: 'Deleted' } : this.agentSays
      const job = this.#objects.get(`jobs/${name}`)
      if (job === undefined || this.#objects.has(`pods/${name}-x`)) continue
      const failed = says.result === 'Failed'
      this.#objects.set(`jobs/${name}`, { ...job, status: { conditions: [{ type: failed ? 'Failed' : 'Complete', status: 'True' }] } })
      const terminated = { exitCode: failed ? 3 : 0, message: JSON.stringify(says) }
      const metadata = { name: `${name}-x`, uid: `uid-${name}-x`, creationTimestamp: '', ownerReferences: [{ uid: job.metadata.uid }] }
      const status = { phase: failed ? 'Failed' : 'Succeeded', containerStatuses: [{ name: 'agent', state: { terminated } }] }
      this.#objects.set(`pods/${name}-x`, stored({ metadata, status }))
    }
  }

  /** Passes and moves; an operator that crashes is started again. */
  async until(what: string, holds: (backup: EtcdBackup | undefined) => boolean): Promise<void> {
    for (let round = 0; round < 40; round++) {
      await this.pass().catch(() => undefined)
      if (holds(this.backup)) return
      this.worldMoves()
    }
    throw new Error(`not ${what}: ${JSON.stringify(this.backup)}`)
  }

  get #objects(): Map<string, Stored> {
    return this.#server.objects as Map<string, Stored> // The world moves what the fake keeps.
  }

  /** Deleted objects go with their last finalizer; pods with their Job. */
  #collectGarbage(): void {
    const { backup } = this
    if (backup?.metadata.deletionTimestamp !== undefined && !backup.metadata.finalizers?.length) this.remove('etcdbackups/b1')
    for (const pod of this.names('pods')) if (!this.#objects.has(`jobs/${pod.replace(/-x$/, '')}`)) this.remove(`pods/${pod}`)
  }

  #tools(cached: ReadonlyMap<string, Stored>): Tools {
    const kube = this.#kube()
    const of = (plural: string) => ({
      get: (_namespace: string, name: string) => cached.get(`${plural}/${name}`),
      list: () => [],
      all: () => [],
    })
    const silent = () => undefined
    const tools = {
      live: kube,
      caches: { kube, clusters: of('etcdclusters'), backups: of('etcdbackups'), restores: of('etcdrestores'), jobs: of('jobs') },
      agentImage: async () => known({ name: 'etcd-operator:dev', pullPolicy: 'IfNotPresent', pullSecrets: [] }),
      identity: 'etcd-operator-1',
      metrics: createMetrics(),
      clock: this.#clock,
      log: { debug: silent, info: silent, warn: silent, error: silent },
    }
    return tools as unknown as Tools // All that this controller uses.
  }

  /** The API server, with what goes wrong on the way. */
  #kube(): Kube {
    const { kube } = this.#server
    const through = async <T>(verb: Verb, plural: string, call: () => Promise<T>): Promise<T> => {
      if (plural === 'events') return call()
      this.requests += 1
      const refusal = this.refuses(verb, plural)
      if (refusal !== undefined) throw refusal
      const done = await call()
      this.writes.push(`${verb} ${plural}`)
      const loss = this.loses(verb, plural)
      if (loss !== undefined) throw loss
      return done
    }
    const read = <T>(call: () => Promise<T>): Promise<T> => {
      this.requests += 1
      return call()
    }
    return {
      ...kube,
      get: (kind, ref, signal) => read(() => kube.get(kind, ref, signal)),
      list: (kind, where, signal) => read(() => kube.list(kind, where, signal)),
      create: (kind, object, signal) => through('create', kind.plural, () => kube.create(kind, object, signal)),
      patch: (kind, ref, patch, signal, options) => through('patch', kind.plural, () => kube.patch(kind, ref, patch, signal, options)),
      delete: (kind, ref, preconditions, signal) => through('delete', kind.plural, () => kube.delete(kind, ref, preconditions, signal)),
    }
  }
}

/** The operator dies at its n-th write, counted over all of its lives: before it is carried out, or before it hears of it. */
export function dyingAt(world: BackupWorld, n: number, when: 'before' | 'after'): BackupWorld {
  let writes = 0
  const die = () => {
    writes += 1
    return writes === n ? new Failure('unavailable', 'the operator died') : undefined
  }
  if (when === 'before') world.refuses = die
  else world.loses = die
  return world
}

export function hasFinalizer(backup: EtcdBackup | undefined): boolean {
  return backup?.metadata.finalizers?.includes(storedBackupFinalizer) ?? false
}

function stored(object: object): Stored {
  return object as Stored // Builders make them whole.
}
