import { Agent } from 'undici'
import type { Access, ReadAccess } from './access.ts'

/** The current credentials, and the connections that were opened with them. */
export interface Line {
  readonly access: Access
  readonly agents: Agents
}

/** Watches have connections of their own, because the number of connections for calls is limited and watches would use them up. */
export interface Agents {
  readonly calls: Agent
  readonly streams: Agent
}

export interface Lines {
  /** Credentials at most a minute old; the connections stay while CA and certificates are the same. */
  current(): Promise<Line>
  /** The server did not accept the credentials: the next call reads them again. */
  distrust(): void
  /** Waits for open calls, and ends the streams. */
  close(): Promise<void>
}

/** Tokens and CAs are files that the kubelet replaces, a token about once an hour and some minutes before it ends. */
const accessMaxAgeMs = 60_000
const maxCallsAtOnce = 24

export function openLines(read: ReadAccess): Lines {
  let present: (Line & { tls: string; readAtMs: number }) | undefined
  let reading: Promise<Line> | undefined

  async function refresh(): Promise<Line> {
    const before = present
    // The files can't be read while the kubelet replaces them; the old credentials usually still work then.
    const access = await read().catch((error: unknown) => {
      if (before === undefined) throw error
      return before.access
    })
    const tls = JSON.stringify(access.tls)
    const agents = before?.tls === tls ? before.agents : openAgents(access)
    present = { access, agents, tls, readAtMs: performance.now() }
    if (before !== undefined && before.agents !== agents) void finish(before.agents)
    return present
  }

  return {
    current() {
      if (present !== undefined && performance.now() - present.readAtMs < accessMaxAgeMs) return Promise.resolve(present)
      reading ??= refresh().finally(() => {
        reading = undefined
      })
      return reading
    },
    distrust() {
      if (present !== undefined) present.readAtMs = Number.NEGATIVE_INFINITY
    },
    async close() {
      if (present !== undefined) await Promise.all([present.agents.calls.close(), present.agents.streams.destroy()])
    },
  }
}

function openAgents(access: Access): Agents {
  // HTTP/1.1 only: an HTTP/2 connection whose packets are dropped is never replaced, and every later call on it times out.
  const shared = {
    allowH2: false,
    pipelining: 1,
    // The caller sets the deadline of each call; the reflector's watchdog ends a silent watch.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { ...access.tls, allowH2: false, timeout: 5_000, keepAlive: true, keepAliveInitialDelay: 15_000 },
  }
  return { calls: new Agent({ ...shared, connections: maxCallsAtOnce }), streams: new Agent(shared) }
}

/** Old connections end by themselves: calls within their deadline, watches when the server closes them. */
async function finish(agents: Agents): Promise<void> {
  await Promise.all([agents.calls.close(), agents.streams.close()])
}
