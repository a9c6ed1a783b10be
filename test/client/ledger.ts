import type { StoredKey } from './kv.ts'

/**
 * What a client was told and when. Pure but for its own memory: the time comes in, so that the arithmetic can be tested.
 * A *pause* is the time between two acknowledgements of one writer; a write that waits counts while it waits.
 */
export interface Ledger {
  acknowledged(write: Acknowledged): void
  failed(write: Failed): void
  /** From here on figures count for another phase. */
  beginPhase(name: string, nowMs: number): void
  /** The writers rest: no pause grows until `resumed`. */
  paused(nowMs: number): void
  resumed(nowMs: number): void
  totals(nowMs: number): Totals
  /**
   * Compares with all keys that are stored: a key that was acknowledged (at no higher revision than `upTo`) must be there with
   * its value.
   */
  compare(stored: ReadonlyMap<string, StoredKey>, upTo?: number): Compared
}

export interface Acknowledged {
  readonly writer: number
  readonly key: string
  readonly value: string
  readonly revision: number
  readonly clusterId: string
  readonly atMs: number
  /** From the first try to the acknowledgement. */
  readonly tookMs: number
  readonly tries: number
}

export interface Failed {
  readonly writer: number
  readonly key: string
  readonly atMs: number
  readonly error: string
}

export interface Totals {
  readonly acknowledged: number
  readonly failed: number
  /** Acknowledged, but only after a try that was not. */
  readonly repeated: number
  readonly longestPauseMs: number
  /** A revision that is not above the one that the same writer was told before: time went backwards. */
  readonly backwards: number
  readonly clusterIds: readonly string[]
  readonly phases: readonly Phase[]
  /** The first few. */
  readonly failures: readonly Failed[]
}

export interface Phase {
  readonly name: string
  readonly beganMs: number
  readonly acknowledged: number
  readonly failed: number
  readonly longestPauseMs: number
  /** Of a hundred acknowledged writes ninety-nine took no longer. */
  readonly p99Ms: number
}

export interface Lost {
  readonly key: string
  readonly why: string
}

export interface Compared {
  readonly checked: number
  readonly lost: readonly Lost[]
  /** Keys that are there although they were written after `upTo`. */
  readonly beyond: readonly Lost[]
}

export function newLedger(writers: number, startMs: number): Ledger {
  const kept = new Map<string, Acknowledged>()
  const failures: Failed[] = []
  const clusterIds = new Set<string>()
  const phases: MutablePhase[] = [newPhase('start', startMs)]
  /** When each writer was last told of a success; undefined while it rests. */
  const heardMs: (number | undefined)[] = Array.from({ length: writers }, () => startMs)
  const revisions: number[] = Array.from({ length: writers }, () => 0)
  let repeated = 0
  let backwards = 0
  let resting = false

  const current = () => phases.at(-1) ?? newPhase('start', startMs)
  const noteGap = (writer: number, nowMs: number) => {
    const since = heardMs[writer]
    if (since !== undefined) current().longestPauseMs = Math.max(current().longestPauseMs, nowMs - since)
  }
  const noteGaps = (nowMs: number) => {
    for (const writer of heardMs.keys()) noteGap(writer, nowMs)
  }

  return {
    acknowledged(write) {
      kept.set(write.key, write)
      clusterIds.add(write.clusterId)
      if (write.tries > 1) repeated += 1
      if (write.revision <= (revisions[write.writer] ?? 0)) backwards += 1
      revisions[write.writer] = write.revision
      noteGap(write.writer, write.atMs)
      // The write that was in flight when the writers were told to rest starts no new gap.
      heardMs[write.writer] = resting ? undefined : write.atMs
      current().acknowledged += 1
      current().tookMs.push(write.tookMs)
    },
    failed(write) {
      failures.push(write)
      current().failed += 1
    },
    beginPhase(name, nowMs) {
      noteGaps(nowMs)
      phases.push(newPhase(name, nowMs))
    },
    paused(nowMs) {
      noteGaps(nowMs)
      resting = true
      heardMs.fill(undefined)
    },
    resumed(nowMs) {
      resting = false
      heardMs.fill(nowMs)
    },
    totals(nowMs) {
      noteGaps(nowMs)
      return {
        acknowledged: kept.size,
        failed: failures.length,
        repeated,
        longestPauseMs: Math.max(...phases.map((phase) => phase.longestPauseMs)),
        backwards,
        clusterIds: [...clusterIds],
        phases: phases.map(({ tookMs, ...phase }) => ({ ...phase, p99Ms: percentile(tookMs, 0.99) })),
        failures: failures.slice(0, 10),
      }
    },
    compare(stored, upTo = Number.POSITIVE_INFINITY) {
      const expected = [...kept.values()].filter(({ revision }) => revision <= upTo)
      const lost = expected.flatMap(({ key, value, revision }) => {
        const found = stored.get(key)
        if (found === undefined) return { key, why: 'missing' }
        if (found.value !== value) return { key, why: `holds ${found.value}` }
        return found.modRevision < revision ? { key, why: `at revision ${found.modRevision}, acknowledged at ${revision}` } : []
      })
      const beyond = [...stored.values()].filter(({ modRevision }) => modRevision > upTo)
      return {
        checked: expected.length,
        lost,
        beyond: beyond.map(({ key, modRevision }) => ({ key, why: `is there, from revision ${modRevision}` })),
      }
    },
  }
}

type MutablePhase = { -readonly [Key in keyof Omit<Phase, 'p99Ms'>]: Phase[Key] } & { readonly tookMs: number[] }

function newPhase(name: string, beganMs: number): MutablePhase {
  return { name, beganMs, acknowledged: 0, failed: 0, longestPauseMs: 0, tookMs: [] }
}

/** 0 of nothing. */
function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0
}
