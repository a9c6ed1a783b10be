import type { Log } from '../../runtime/log.ts'

/** A watched namespace, or all namespaces if `namespace` is undefined. */
export interface Scope {
  readonly namespace: string | undefined
  readonly state: 'reading' | 'read' | 'refused'
  /** The API server's message. */
  readonly refusal: string | undefined
}

/** What the scopes need of the caches of one kind in one namespace. */
export interface Reading {
  readonly cache: { readonly synced: boolean }
  refusal(): string | undefined
}

/**
 * Whether each namespace is being read, was read or was refused. A namespace that the operator may not read (it was deleted together
 * with the operator's RoleBinding) holds up no other namespace, and is skipped until every kind in it can be read.
 */
export class Scopes {
  readonly #readingsOf: (namespace: string | undefined) => readonly Reading[]
  readonly #onRead: (namespace: string | undefined) => void
  readonly #log: Log
  readonly #states: Map<string | undefined, Scope['state']>
  readonly #ready = Promise.withResolvers<void>()

  constructor(
    namespaces: readonly (string | undefined)[],
    readingsOf: (namespace: string | undefined) => readonly Reading[],
    onRead: (namespace: string | undefined) => void,
    log: Log,
  ) {
    this.#states = new Map(namespaces.map((namespace) => [namespace, 'reading']))
    this.#readingsOf = readingsOf
    this.#onRead = onRead
    this.#log = log
  }

  /** Resolves when each namespace was read or refused, and at least one was read. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  list(): readonly Scope[] {
    return [...this.#states.keys()].map((namespace) => this.#look(namespace))
  }

  /** The namespaces of which every kind was read. */
  read(): readonly (string | undefined)[] {
    return [...this.#states].flatMap(([namespace, state]) => (state === 'read' ? [namespace] : []))
  }

  /** Whether every kind of this namespace was read. */
  isRead(namespace: string | undefined): boolean {
    return (this.#states.get(undefined) ?? this.#states.get(namespace)) === 'read'
  }

  /** To be called when a cache of this namespace was filled, was refused, or is being read again. */
  review(namespace: string | undefined): void {
    const { state, refusal } = this.#look(namespace)
    if (state === this.#states.get(namespace)) return
    this.#states.set(namespace, state)
    const fields = { namespace: namespace ?? 'all' }
    if (state === 'refused') this.#log.warn({ ...fields, refusal }, 'namespace is not looked after: reading it was refused')
    if (state === 'read') {
      this.#log.info(fields, 'namespace was read')
      this.#onRead(namespace)
    }
    const all = [...this.#states.values()]
    if (all.includes('read') && !all.includes('reading')) this.#ready.resolve()
  }

  #look(namespace: string | undefined): Scope {
    const readings = this.#readingsOf(namespace)
    const refusal = readings.map((reading) => reading.refusal()).find((words) => words !== undefined)
    const isRead = readings.every(({ cache }) => cache.synced)
    return { namespace, refusal, state: refusal !== undefined ? 'refused' : isRead ? 'read' : 'reading' }
  }
}
