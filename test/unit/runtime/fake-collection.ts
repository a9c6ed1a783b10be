import type { Change } from '../../../src/runtime/reflector.ts'

export interface Thing {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string; readonly resourceVersion: string }
  readonly owner?: string
}

type Signal = 'end' | 'silence' | Error

/** A server's collection of objects that can be listed and watched, and whose network can be made to fail. */
export class FakeCollection {
  lists = 0
  watches = 0
  /** Errors for the next calls; a call takes the first of its kind. */
  readonly listFailures: unknown[] = []
  readonly watchFailures: unknown[] = []
  #version = 100
  #uids = 0
  #oldestKnown = 0
  readonly #things = new Map<string, Thing>()
  readonly #history: { version: number; change: Change<Thing> }[] = []
  readonly #open = new Set<{ signal: Signal | undefined; wake: () => void }>()

  set(name: string, owner?: string): void {
    const old = this.#things.get(name)
    const uid = old?.metadata.uid ?? `uid-${++this.#uids}`
    const metadata = { name, namespace: 'ns', uid, resourceVersion: String(++this.#version) }
    const thing: Thing = owner === undefined ? { metadata } : { metadata, owner }
    this.#things.set(name, thing)
    this.#record({ type: old === undefined ? 'added' : 'modified', object: thing })
  }

  remove(name: string): void {
    const old = this.#things.get(name)
    if (old === undefined) throw new Error(`no ${name}`)
    this.#things.delete(name)
    this.#record({ type: 'deleted', object: { ...old, metadata: { ...old.metadata, resourceVersion: String(++this.#version) } } })
  }

  bookmark(): void {
    this.#record({ type: 'bookmark', resourceVersion: String(++this.#version) })
  }

  /** Forgets all history: watches from older versions are refused as too old. */
  compact(): void {
    this.#oldestKnown = this.#version
  }

  /** What `setBack` brings back. */
  copy(): { readonly version: number; readonly things: readonly Thing[] } {
    return { version: this.#version, things: [...this.#things.values()] }
  }

  /** The server is restored from a copy: versions count on from there, and a watch from a later version is accepted and silent. */
  setBack({ version, things }: ReturnType<FakeCollection['copy']>): void {
    this.#version = version
    this.#things.clear()
    for (const thing of things) this.#things.set(thing.metadata.name, thing)
    this.#history.length = 0
  }

  /** What happens to the watches that are open now. */
  disturb(signal: Signal): void {
    for (const watch of [...this.#open]) {
      watch.signal = signal
      watch.wake()
    }
  }

  get openWatches(): number {
    return this.#open.size
  }

  list = async (): Promise<{ items: readonly Thing[]; resourceVersion: string }> => {
    this.lists++
    if (this.listFailures.length > 0) throw this.listFailures.shift()
    return { items: [...this.#things.values()], resourceVersion: String(this.#version) }
  }

  watch = async function* (this: FakeCollection, from: string, aborted: AbortSignal): AsyncGenerator<Change<Thing>> {
    this.watches++
    if (this.watchFailures.length > 0) throw this.watchFailures.shift()
    let seen = Number(from)
    if (seen < this.#oldestKnown) {
      yield { type: 'expired' }
      return
    }
    const watch = { signal: undefined as Signal | undefined, wake: () => {} }
    this.#open.add(watch)
    try {
      for (;;) {
        const woken = new Promise<void>((resolve) => {
          watch.wake = resolve
          aborted.addEventListener('abort', () => resolve(), { once: true })
        })
        if (aborted.aborted || watch.signal === 'end') return
        if (watch.signal instanceof Error) throw watch.signal
        for (const { version, change } of this.#history) {
          if (version <= seen || watch.signal !== undefined) continue
          seen = version
          yield change
        }
        await woken
      }
    } finally {
      this.#open.delete(watch)
    }
  }.bind(this)

  #record(change: Change<Thing>): void {
    this.#history.push({ version: this.#version, change })
    for (const watch of this.#open) watch.wake()
  }
}
