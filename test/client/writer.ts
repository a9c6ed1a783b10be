/**
 * A client that writes all the time and remembers what it was told; runs in a pod from one bundled file.
 *
 * Each writer has one write in flight, through a connection of its own. A write that may be repeated is repeated with the same
 * key and value until 2 s have passed since its first try; then it has failed. A client that never repeats gives its one try
 * these 2 s. Figures go to standard output as JSON lines, and
 * to whoever asks on the control port:
 *
 *   GET  /report              Report
 *   POST /phase?name=3-to-5   figures count for this phase from now on
 *   POST /pause, /resume      stop and go on writing
 *   POST /verify[?upTo=120]   pause, then read every acknowledged key (up to that revision) back (linearizable) and compare
 */
import { createServer } from 'node:http'
import { isLate, type Kv, mayRepeat, openKv, type StoredKey } from './kv.ts'
import { type Ledger, type Lost, newLedger, type Totals } from './ledger.ts'
import { readTls } from './tls-files.ts'

export interface Report extends Totals {
  readonly writing: boolean
  /** Acknowledged in the last second. */
  readonly perSecond: number
  readonly verification?: Verification
}

export type Verification =
  | { readonly state: 'running' }
  | {
      readonly state: 'done'
      readonly checked: number
      readonly lost: number
      /** Keys that are there although they were written after the revision that was asked for. */
      readonly beyond: number
      readonly examples: readonly Lost[]
      readonly tookMs: number
    }
  | { readonly state: 'failed'; readonly error: string }

export interface Settings {
  /** Host and port of the client Service. */
  readonly address: string
  /** Folder with ca.crt, tls.crt and tls.key; absent: in the clear. */
  readonly tls?: string | undefined
  readonly writers: number
  readonly intervalMs: number
  readonly controlPort: number
  /** Whether a write that was not acknowledged is sent again. */
  readonly repeats: boolean
}

/** A write counts as failed when it was not acknowledged within this. */
const failedAfterMs = 2_000
/** What one try may take before another one goes out, over another connection. */
const tryMs = 500
const betweenTriesMs = 20

if (process.env.WRITER_ADDRESS !== undefined) {
  runWriter({
    address: process.env.WRITER_ADDRESS,
    tls: process.env.WRITER_TLS,
    writers: Number(process.env.WRITER_COUNT ?? 1),
    intervalMs: Number(process.env.WRITER_INTERVAL_MS ?? 20),
    controlPort: Number(process.env.WRITER_CONTROL_PORT ?? 8080),
    repeats: process.env.WRITER_REPEATS !== 'false',
  })
}

export function runWriter(settings: Settings): void {
  const prefix = `writer/${Date.now().toString(36)}/`
  let ledger: Ledger | undefined
  let writing = true
  let perSecond = 0
  let verification: Verification | undefined
  const tls = readTls(settings.tls, settings.address)
  const connections = Array.from({ length: settings.writers }, () => openKv(settings.address, tls))

  const report = (): Report => ({
    ...(ledger ?? newLedger(1, now())).totals(now()),
    writing,
    perSecond,
    ...(verification === undefined ? {} : { verification }),
  })

  /** The first acknowledgement starts the clock: until then the cluster may not be there yet. */
  async function begin(): Promise<void> {
    const [first] = connections
    while (first !== undefined) {
      const began = now()
      try {
        await first.put(`${prefix}hello`, 'hello', tryMs)
        break
      } catch {
        reconnect(first)
        await sleep(Math.max(0, 100 - (now() - began)))
      }
    }
    const started = newLedger(settings.writers, now())
    ledger = started
    for (const [writer, kv] of connections.entries()) void write(writer, kv, started)
  }

  async function write(writer: number, kv: Kv, into: Ledger): Promise<void> {
    for (let number = 0; ; number++) {
      while (!writing) await sleep(5)
      const began = now()
      await writeOnce(writer, number, kv, into)
      await sleep(Math.max(0, settings.intervalMs - (now() - began)))
    }
  }

  async function writeOnce(writer: number, number: number, kv: Kv, into: Ledger): Promise<void> {
    const key = `${prefix}${writer}/${String(number).padStart(8, '0')}`
    const value = `value ${number} of writer ${writer} at ${Date.now()}`
    const began = now()
    const giveUp = began + failedAfterMs
    for (let tries = 1; ; tries++) {
      try {
        const { revision, clusterId } = await kv.put(key, value, settings.repeats ? Math.min(tryMs, giveUp - now()) : failedAfterMs)
        into.acknowledged({ writer, key, value, revision, clusterId, atMs: now(), tookMs: now() - began, tries })
        return
      } catch (error) {
        // With TLS a connection that can't be made may need newer files.
        if (tls !== undefined || isLate(error)) reconnect(kv)
        if (!settings.repeats || !mayRepeat(error) || now() + betweenTriesMs >= giveUp) {
          into.failed({ writer, key, atMs: now(), error: `${String(error)} (try ${tries})` })
          say('failed', { key, error: String(error), tries })
          return
        }
        say('repeated', { key, error: String(error), tries })
        await sleep(betweenTriesMs)
      }
    }
  }

  async function verify(upTo: number | undefined): Promise<void> {
    pause()
    verification = { state: 'running' }
    const began = now()
    // The write in flight ends first, one way or the other.
    await sleep(failedAfterMs)
    try {
      const stored = await readAll(await openWhenReadable(settings.address, tls), prefix)
      const { checked, lost, beyond } = ledger?.compare(stored, upTo) ?? { checked: 0, lost: [], beyond: [] }
      verification = {
        state: 'done',
        checked,
        lost: lost.length,
        beyond: beyond.length,
        examples: [...lost, ...beyond].slice(0, 10),
        tookMs: Math.round(now() - began),
      }
    } catch (error) {
      verification = { state: 'failed', error: String(error) }
    }
    say('verified', verification)
  }

  function pause(): void {
    if (writing) ledger?.paused(now())
    writing = false
  }

  function resume(): void {
    if (!writing) ledger?.resumed(now())
    writing = true
  }

  function obey(method: string, url: URL): void {
    if (method !== 'POST') return
    if (url.pathname === '/phase') ledger?.beginPhase(url.searchParams.get('name') ?? '', now())
    if (url.pathname === '/pause') pause()
    if (url.pathname === '/resume') resume()
    const upTo = url.searchParams.get('upTo')
    if (url.pathname === '/verify' && verification?.state !== 'running') void verify(upTo === null ? undefined : Number(upTo))
  }

  createServer((request, response) => {
    obey(request.method ?? 'GET', new URL(request.url ?? '/', 'http://writer'))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(report()))
  }).listen(settings.controlPort)

  let before = 0
  setInterval(() => {
    const { acknowledged } = report()
    perSecond = acknowledged - before
    before = acknowledged
    say('progress', { acknowledged, perSecond, failed: report().failed })
  }, 1000)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      say('ended', report())
      process.exit(0)
    })
  }
  void begin()
}

/** The files are not there for a moment when the cluster, and with it its Secret, is made again. */
async function openWhenReadable(address: string, tls: ReturnType<typeof readTls>): Promise<Kv> {
  for (const giveUp = now() + 30_000; ; await sleep(100)) {
    try {
      return openKv(address, tls)
    } catch (error) {
      if (now() > giveUp) throw error
    }
  }
}

/** Every stored key of the prefix, page by page; a page that isn't answered is asked for again. */
async function readAll(kv: Kv, prefix: string): Promise<ReadonlyMap<string, StoredKey>> {
  const stored = new Map<string, StoredKey>()
  try {
    for (let after = ''; ; ) {
      const page = await readPage(kv, prefix, after)
      for (const entry of page) stored.set(entry.key, entry)
      const last = page.at(-1)
      if (last === undefined) return stored
      after = last.key
    }
  } finally {
    kv.close()
  }
}

async function readPage(kv: Kv, prefix: string, after: string): Promise<readonly StoredKey[]> {
  const giveUp = now() + 30_000
  for (;;) {
    try {
      return await kv.range(prefix, after, 1000, 5_000)
    } catch (error) {
      if (!mayRepeat(error) || now() > giveUp) throw error
      reconnect(kv)
      await sleep(100)
    }
  }
}

/** Files that are not there at this moment, or don't fit each other, will be at the next try. */
function reconnect(kv: Kv): void {
  try {
    kv.reconnect()
  } catch (error) {
    say('not connected', { error: String(error) })
  }
}

function say(event: string, fields: object): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), event, ...fields })}\n`)
}

/** Monotonic, as milliseconds since the epoch. */
function now(): number {
  return performance.timeOrigin + performance.now()
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
