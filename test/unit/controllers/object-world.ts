import { Failure } from '../../../src/adapters/failure.ts'
import type { Kube } from '../../../src/adapters/kube.ts'
import type { Tools } from '../../../src/controllers/tools.ts'
import type { AgentResult } from '../../../src/model/agent/task.ts'
import { known } from '../../../src/model/known.ts'
import { rfc3339 } from '../../../src/model/rfc3339.ts'
import { createMetrics } from '../../../src/report/metrics/metrics.ts'
import { type FakeKube, fakeKube, type Stored } from '../act/fake-kube.ts'
import { VirtualClock } from '../runtime/virtual-clock.ts'

/** A write: what is asked, of which kind, and whether it is only tried. */
type Refuse = (verb: 'create' | 'patch' | 'delete', plural: string, dryRun: boolean) => Failure | undefined

/** One namespace's objects, an API server that may fail, and what a controller needs to make a pass over them. */
export abstract class ObjectWorld {
  readonly #server: FakeKube
  protected readonly clock = new VirtualClock()
  /** A write that is refused; one that is carried out although the operator never hears of it is lost. */
  refuses: Refuse = () => undefined
  loses: Refuse = () => undefined
  /** `create jobs`, in order. */
  readonly writes: string[] = []
  /** How often the API server was asked for something, and how long a read takes. */
  requests = 0
  readMs = 0

  constructor(objects: Readonly<Record<string, object>>) {
    this.#server = fakeKube(Object.fromEntries(Object.entries(objects).map(([key, object]) => [key, stored(object)])))
  }

  /** A service mesh puts a container into all pods which never ends. */
  isMeshed = false

  put(plural: string, object: object): void {
    this.objects.set(`${plural}/${stored(object).metadata.name}`, stored(object))
  }

  read<T>(key: string): T | undefined {
    return this.objects.get(key) as T | undefined // Whatever was put there.
  }

  remove(key: string): void {
    this.objects.delete(key)
  }

  names(plural: string): readonly string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(`${plural}/`)).map((key) => key.slice(plural.length + 1))
  }

  /** What the caches would hold now, for an operator that falls behind. */
  snapshot(): ReadonlyMap<string, Stored> {
    return new Map(this.objects)
  }

  protected get objects(): Map<string, Stored> {
    return this.#server.objects as Map<string, Stored> // The world moves what the fake keeps.
  }

  /** A Job that runs ends, and its pod says what its agent reports. */
  protected endJob(name: string, says: AgentResult): void {
    const job = this.read<Stored>(`jobs/${name}`)
    if (job === undefined || this.objects.has(`pods/${name}-x`)) return
    const failed = says.result === 'Failed'
    const beside = { name: 'istio-proxy', state: { running: {} } }
    const condition = { type: failed ? 'Failed' : 'Complete', status: 'True', lastTransitionTime: rfc3339(this.clock.now()) }
    this.put('jobs', { ...job, status: this.isMeshed ? { active: 1, ready: 0 } : { conditions: [condition] } })
    const terminated = { exitCode: failed ? 3 : 0, message: JSON.stringify(says), finishedAt: rfc3339(this.clock.now()) }
    const agent = { name: 'agent', state: { terminated } }
    this.put('pods', {
      metadata: { name: `${name}-x`, uid: `uid-${name}-x`, creationTimestamp: '', ownerReferences: [{ uid: job.metadata.uid }] },
      status: this.isMeshed
        ? { phase: 'Running', containerStatuses: [agent, beside] }
        : { phase: failed ? 'Failed' : 'Succeeded', containerStatuses: [agent] },
    })
  }

  /** Those of an operator that has just started, whose caches hold that. */
  protected tools(cached: ReadonlyMap<string, Stored>): Tools {
    const kube = this.#kube()
    const of = (plural: string) => ({
      get: (_namespace: string, name: string) => cached.get(`${plural}/${name}`),
      list: () => [],
      all: () => [],
    })
    const silent = () => undefined
    const tools = {
      live: kube,
      kube,
      caches: { clusters: of('etcdclusters'), backups: of('etcdbackups'), restores: of('etcdrestores'), jobs: of('jobs') },
      agentImage: async () => known({ name: 'etcd-operator:dev', pullPolicy: 'IfNotPresent', pullSecrets: [] }),
      identity: 'etcd-operator-1',
      metrics: createMetrics('1.2.3'),
      clock: this.clock,
      log: { debug: silent, info: silent, warn: silent, error: silent },
    }
    return tools as unknown as Tools // All that these controllers use.
  }

  /** The API server, with what goes wrong on the way. */
  #kube(): Kube {
    const { kube } = this.#server
    const through = async <T>(verb: 'create' | 'patch' | 'delete', plural: string, dryRun: boolean, call: () => Promise<T>): Promise<T> => {
      if (plural === 'events') return call()
      this.requests += 1
      const refusal = this.refuses(verb, plural, dryRun)
      if (refusal !== undefined) throw refusal
      const done = await call()
      if (!dryRun) this.writes.push(`${verb} ${plural}`)
      const loss = this.loses(verb, plural, dryRun)
      if (loss !== undefined) throw loss
      return done
    }
    const slowly = <T>(answer: T): T => {
      this.requests += 1
      this.clock.freeze(this.readMs)
      return answer
    }
    return {
      ...kube,
      get: (kind, ref, signal) => slowly(kube.get(kind, ref, signal)),
      list: (kind, where, signal) => slowly(kube.list(kind, where, signal)),
      create: (kind, object, signal, options) =>
        through('create', kind.plural, options?.dryRun === true, () => kube.create(kind, object, signal, options)),
      patch: (kind, ref, patch, signal, options) =>
        through('patch', kind.plural, false, () => kube.patch(kind, ref, patch, signal, options)),
      delete: (kind, ref, preconditions, signal, options) =>
        through('delete', kind.plural, false, () => kube.delete(kind, ref, preconditions, signal, options)),
    }
  }
}

/** The operator dies at its n-th write, counted over all of its lives: before it is carried out, or before it hears of it. */
export function dyingAt<World extends ObjectWorld>(world: World, n: number, when: 'before' | 'after'): World {
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
