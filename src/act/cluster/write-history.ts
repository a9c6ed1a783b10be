import { block, type ClusterBlock, type ClusterWait } from '../../plan/cluster/step.ts'

/** Why a write was not made, or did not stay, in words for people. */
export type WhyRefused = ClusterWait | ClusterBlock

/** A write is identified by its object and by the difference that it removes. */
export interface KnownWrite {
  readonly object: string
  /** The difference in words. */
  readonly difference: string
  /** Identifies the difference where the words are the same for two writes. */
  readonly id?: string
}

interface Entry {
  readonly id: string
  /** How often in a row the API server took this very write. */
  readonly taken: number
  /** How often in a row it did not answer. */
  readonly unanswered: number
  readonly atMs: number
  readonly held: { readonly untilMs: number; readonly why: WhyRefused } | undefined
}

/** If the same difference is back within this time, another writer reverts what the operator writes. */
const forgetMs = 10 * 60_000
/** A write that is reverted at once never takes effect: trying again more and more rarely harms nobody. */
const atOnce = { writes: 2, maxPauseMs: 10 * 60_000 }
/** A write that is reverted later may be undone by a person who tries something out; the members' clients need the write meanwhile. */
const later = { writes: 10, maxPauseMs: 60_000 }
const firstPauseMs = 5_000

/**
 * Recent results of the writes to one cluster's objects. A write that is refused or reverted is held back for a while. Times are on
 * the monotonic clock, milliseconds. Losing the history only costs a few useless writes.
 */
export class WriteHistory {
  readonly #entries = new Map<string, Entry>()

  /** Why the write is held back for now; undefined: it may be sent. */
  held(write: KnownWrite, nowMs: number): WhyRefused | undefined {
    const { held } = this.#last(write, nowMs)
    return held === undefined || nowMs >= held.untilMs ? undefined : held.why
  }

  /** The API server refused the write, or did not answer several times: the operator holds it back for `forMs` and reports the reason. */
  refused(write: KnownWrite, why: WhyRefused, forMs: number, nowMs: number): void {
    // The count of missing answers goes on: reported without a break, the reason becomes one Event.
    const unanswered = why.reason === 'NotAnswered' ? this.#last(write, nowMs).unanswered : 0
    this.#note(write, { unanswered, held: { untilMs: nowMs + forMs, why } }, nowMs)
  }

  /** The API server did not answer. Returns how often in a row. */
  unanswered(write: KnownWrite, nowMs: number): number {
    return this.#note(write, { unanswered: this.#last(write, nowMs).unanswered + 1, held: undefined }, nowMs).unanswered
  }

  /**
   * The API server accepted the write. Returns a reason if another writer reverts it again and again. `remains`: how the object that
   * the API server returned still differs.
   */
  taken(write: KnownWrite, remains: string | undefined, nowMs: number): WhyRefused | undefined {
    const taken = this.#last(write, nowMs).taken + 1
    const limit = remains === undefined ? later : atOnce
    const why = taken < limit.writes ? undefined : reverted(write.object, remains ?? write.difference)
    const pauseMs = Math.min(limit.maxPauseMs, firstPauseMs * 2 ** (taken - limit.writes))
    this.#note(write, { taken, unanswered: 0, held: why && { untilMs: nowMs + pauseMs, why } }, nowMs)
    return why
  }

  /** After a change of the spec every write may be tried at once. */
  forget(): void {
    this.#entries.clear()
  }

  #last({ object, difference, id = difference }: KnownWrite, nowMs: number): Entry {
    const entry = this.#entries.get(object)
    const isSame = entry?.id === id && nowMs - Math.max(entry.atMs, entry.held?.untilMs ?? 0) < forgetMs
    return isSame ? entry : { id, taken: 0, unanswered: 0, atMs: nowMs, held: undefined }
  }

  #note(write: KnownWrite, changes: Partial<Entry>, nowMs: number): Entry {
    const entry = { ...this.#last(write, nowMs), ...changes, atMs: nowMs }
    this.#entries.set(write.object, entry)
    return entry
  }
}

function reverted(object: string, difference: string): ClusterBlock {
  return block(
    'WriteReverted',
    `${object}: ${difference}; the operator does this again and again, but an admission policy, another controller or a person reverts it. Exempt the object from that policy, or stop the other writer`,
  )
}
