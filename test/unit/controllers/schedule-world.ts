import { Failure } from '../../../src/adapters/failure.ts'
import type { Kube } from '../../../src/adapters/kube.ts'
import type { EtcdBackup, EtcdBackupSchedule } from '../../../src/api/backups.ts'
import { scheduleController } from '../../../src/controllers/schedule.ts'
import type { Controller, Tools } from '../../../src/controllers/tools.ts'
import { rfc3339 } from '../../../src/model/rfc3339.ts'
import { isTerminal } from '../../../src/model/terminal.ts'
import { createMetrics } from '../../../src/report/metrics/metrics.ts'
import { anEtcdCluster, clusterId } from '../../builders/a-cluster.ts'
import { mergePatched } from '../../builders/merge-patch.ts'
import { recordedLog } from '../runtime/virtual-clock.ts'

interface Stored {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

/** A write that fails: before the API server did anything, or after it did, when only the reply is lost. */
export type Fault = 'before' | 'after'

/** A namespace with one cluster and one schedule, an API server with a clock of its own, and backups that end by themselves. */
export class ScheduleWorld {
  /** The API server's clock. */
  now: number
  /** How far an operator's wall clock is ahead of it. */
  aheadMs = 0
  /** How long backups take. */
  backupMs = 20_000
  /** By the number of the write. */
  readonly faults = new Map<number, Fault>()
  readonly events: { readonly reason: string; readonly note: string }[] = []
  /** Of the status of the schedule. */
  statusWrites = 0
  /** The most backups that were under way at once. */
  maxActive = 0
  /** Writes so far, and backups that were deleted. */
  writes = 0
  removed = 0
  #version = 1
  readonly #objects = new Map<string, Stored>()

  constructor(now: number, schedule: EtcdBackupSchedule) {
    this.now = now
    this.put('etcdbackupschedules', schedule as unknown as Stored)
    this.put('etcdclusters', anEtcdCluster({}, { clusterID: clusterId }) as unknown as Stored)
  }

  /** A process of the operator; a crash is a new one. */
  operator(): Operator {
    return new Operator(this)
  }

  get schedule(): EtcdBackupSchedule {
    return this.read('etcdbackupschedules', 'often') as unknown as EtcdBackupSchedule
  }

  get backups(): readonly EtcdBackup[] {
    return this.list('etcdbackups') as unknown as readonly EtcdBackup[]
  }

  /** The scheduled times that have a backup, as `hhmm`. */
  get runs(): readonly string[] {
    return this.backups.map(({ metadata }) => metadata.name.slice(-6, -2)).toSorted()
  }

  edit(spec: Partial<EtcdBackupSchedule['spec']>): void {
    const { schedule } = this
    const metadata = { ...schedule.metadata, generation: schedule.metadata.generation + 1 }
    this.put('etcdbackupschedules', { ...schedule, metadata, spec: { ...schedule.spec, ...spec } } as unknown as Stored)
  }

  /** Time passes; what was under way long enough ends. */
  pass(ms: number): void {
    this.now += ms
    for (const backup of this.backups) {
      const created = Date.parse(backup.metadata.creationTimestamp)
      if (!isTerminal(backup) && this.now - created >= this.backupMs) this.put('etcdbackups', completed(backup, created + this.backupMs))
    }
  }

  put(plural: string, object: Stored): Stored {
    this.#version += 1
    const kept = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } }
    this.#objects.set(`${plural}/${object.metadata.name}`, kept)
    return kept
  }

  read(plural: string, name: string): Stored | undefined {
    return this.#objects.get(`${plural}/${name}`)
  }

  list(plural: string): readonly Stored[] {
    return [...this.#objects].filter(([key]) => key.startsWith(`${plural}/`)).map(([, object]) => object)
  }

  remove(plural: string, name: string): void {
    this.#objects.delete(`${plural}/${name}`)
  }

  /** One write, with its fault. */
  write<T>(carryOut: () => T): T {
    this.writes += 1
    const fault = this.faults.get(this.writes)
    if (fault === 'before') throw new Failure('unavailable', 'connection refused')
    const result = carryOut()
    this.maxActive = Math.max(this.maxActive, this.backups.filter((backup) => !isTerminal(backup)).length)
    if (fault === 'after') throw new Failure('timeout', 'no reply')
    return result
  }
}

export class Operator {
  readonly metrics = createMetrics('1.2.3')
  readonly log = recordedLog()
  readonly #world: ScheduleWorld
  readonly #controller: Controller
  #cached: readonly EtcdBackup[] | undefined

  constructor(world: ScheduleWorld) {
    this.#world = world
    this.#controller = scheduleController(this.#tools())
  }

  /** From now on its caches see no more backups than these. */
  goStale(): void {
    this.#cached = this.#world.backups
  }

  catchUp(): void {
    this.#cached = undefined
  }

  /** One pass. Returns the milliseconds after which it wants another; a pass that fails is repeated soon, as the loop does. */
  async pass(): Promise<number> {
    try {
      const result = await this.#controller.pass('ns/often', new AbortController().signal)
      return result.next === 'after' ? result.ms : result.next === 'now' ? 0 : 60_000
    } catch {
      return 1000
    }
  }

  /** Passes for so long: when it wants to, and when a backup has changed. */
  async work(ms: number): Promise<void> {
    const world = this.#world
    const until = world.now + ms
    for (;;) {
      const wait = Math.max(1, await this.pass())
      const rest = until - world.now
      if (rest <= 0) return
      const active = world.backups.some((backup) => !isTerminal(backup))
      world.pass(Math.min(wait, rest, active ? world.backupMs : wait))
    }
  }

  #tools(): Tools {
    const world = this.#world
    const kube = kubeOf(world)
    const cached = (plural: string) => ({
      get: (_namespace: string, name: string) => world.read(plural, name),
      list: () => (plural === 'etcdbackups' ? (this.#cached ?? world.backups) : world.list(plural)),
      ofCluster: () => world.list(plural),
      all: () => world.list(plural),
    })
    const caches = {
      clusters: cached('etcdclusters'),
      backups: cached('etcdbackups'),
      schedules: cached('etcdbackupschedules'),
      restores: cached('etcdrestores'),
    }
    const clock = { now: () => world.now + world.aheadMs, monotonicMs: () => world.now, after: () => () => {}, random: () => 0.5 }
    // The part of the tools that the controller of schedules uses.
    return { live: kube, kube, caches, clock, identity: 'operator-0', metrics: this.metrics, log: this.log } as unknown as Tools
  }
}

/** An API server that keeps preconditions and its own time. */
function kubeOf(world: ScheduleWorld): Kube {
  const kube = {
    get: async (kind: { plural: string }, { name }: { name: string }) => world.read(kind.plural, name),
    list: async (kind: { plural: string }) => ({ items: world.list(kind.plural), resourceVersion: '1' }),
    async create(
      kind: { plural: string },
      object: Stored & { reason: string; message: string },
      _signal: unknown,
      { dryRun = false } = {},
    ) {
      const made = {
        ...object,
        metadata: { ...object.metadata, uid: `uid-${object.metadata.name}-${world.now}`, creationTimestamp: rfc3339(world.now) },
      }
      if (dryRun) return made
      if (kind.plural === 'events') return world.events.push({ reason: object.reason, note: object.message })
      return world.write(() => {
        if (world.read(kind.plural, object.metadata.name)) throw new Failure('conflict', 'already exists')
        return world.put(kind.plural, made)
      })
    },
    async patch(kind: { plural: string }, ref: { name: string }, patch: { metadata: { resourceVersion: string }; status: object }) {
      return world.write(() => {
        const object = world.read(kind.plural, ref.name)
        if (object === undefined) throw new Failure('not-found', 'not found')
        if (object.metadata.resourceVersion !== patch.metadata.resourceVersion) throw new Failure('conflict', 'modified')
        world.statusWrites += 1
        return world.put(kind.plural, mergePatched(object, { status: patch.status }) as Stored)
      })
    },
    async delete(kind: { plural: string }, ref: { name: string }, wanted: { uid: string; resourceVersion: string }) {
      world.write(() => {
        const object = world.read(kind.plural, ref.name)
        if (object?.metadata.uid !== wanted.uid || object.metadata.resourceVersion !== wanted.resourceVersion)
          throw new Failure('conflict', 'precondition')
        world.remove(kind.plural, ref.name)
        world.removed += 1
      })
    },
  }
  return kube as unknown as Kube // The calls that are made here.
}

function completed(backup: EtcdBackup, time: number): Stored {
  const when = rfc3339(time)
  const status = { phase: 'Completed', clusterID: clusterId, location: `demo/${backup.metadata.name}.db`, completionTime: when }
  return {
    ...backup,
    status: { ...status, startTime: backup.metadata.creationTimestamp, verified: { time: when, result: 'Passed' } },
  } as unknown as Stored
}
