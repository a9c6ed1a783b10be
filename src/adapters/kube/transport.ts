import type { Dispatcher } from 'undici'
import { Failure } from '../failure.ts'
import type { ReadAccess } from './access.ts'
import { type Agents, openLines } from './connection.ts'
import { pause, withDeadline } from './deadline.ts'
import { failureFromError, failureFromReply, type Reply } from './failures.ts'
import { rateLimit } from './rate-limit.ts'
import { weigher } from './weight.ts'

/** The verb of a call, as in Kubernetes' own metrics. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'apply' | 'patch' | 'delete'

export interface Call {
  readonly verb: Verb
  /** Plural of the kind. */
  readonly resource: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Path with query, below the server's base URL. */
  readonly path: string
  readonly contentType?: string
  readonly body?: unknown
  /** Skips the rate limit: the Lease must be renewed however busy the operator is. */
  readonly urgent?: boolean
  /** The reply is abandoned once it would take more memory than this (`isTooHeavy`). */
  readonly maxWeight?: number | undefined
}

/** HTTP to the API server: pooled connections, a deadline for each call, few retries of reads. Every error is a Failure. */
export interface Transport {
  /** The whole reply, of any status. A read without an answer, or with 429 or 5xx, is retried at most twice within its deadline. */
  send(call: Call, signal: AbortSignal): Promise<Reply>
  /** If the server answers 200: the body as it arrives, without a deadline, until `signal` is aborted. Otherwise the whole reply. */
  stream(call: Call, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | Reply>
  /** Waits for open calls, and ends the streams. */
  close(): Promise<void>
}

export interface TransportOptions {
  readonly access: ReadAccess
  readonly userAgent: string
  readonly requestTimeoutMs: number
  readonly callsPerSecond: number
  readonly burst: number
  /** Called for each request that was sent, retries included; `status` is undefined where no answer arrived. */
  readonly onRequest?: ((call: Pick<Call, 'verb' | 'resource'>, status: number | undefined) => void) | undefined
}

const maxTries = 3
const firstPauseMs = 100

export function openTransport(options: TransportOptions): Transport {
  const { access, userAgent, requestTimeoutMs, callsPerSecond, burst, onRequest = () => {} } = options
  const limit = rateLimit(callsPerSecond, burst)
  const lines = openLines(access)

  async function request(call: Call, agent: keyof Agents, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    if (!call.urgent) await limit.take(signal)
    const { access, agents } = await lines.current()
    const base = new URL(access.server)
    const headers: Record<string, string> = { accept: 'application/json', 'user-agent': userAgent, ...access.headers }
    if (call.body !== undefined) headers['content-type'] = call.contentType ?? 'application/json'
    const sent = agents[agent].request({
      origin: base.origin,
      path: base.pathname.replace(/\/$/, '') + call.path,
      method: call.method,
      headers,
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal,
    })
    sent.then(
      ({ statusCode }) => onRequest(call, statusCode),
      () => onRequest(call, undefined),
    )
    const response = await sent
    if (response.statusCode === 401) lines.distrust()
    return response
  }

  async function sendWithin(deadlineMs: number, call: Call, signal: AbortSignal): Promise<Reply> {
    for (let tries = 1; ; tries++) {
      const outcome = await request(call, 'calls', signal)
        .then((response) => wholeReply(response, call.maxWeight))
        .catch((error: unknown) => failureFromError(actionOf(call), error))
      if (call.method !== 'GET' || tries === maxTries) return replyOrThrow(outcome)
      const waitMs = repeatAfterMs(call, outcome, tries)
      if (waitMs === undefined || performance.now() + waitMs >= deadlineMs) return replyOrThrow(outcome)
      await pause(waitMs, signal)
    }
  }

  return {
    async send(call, signal) {
      const deadlineMs = performance.now() + requestTimeoutMs
      try {
        return await withDeadline(requestTimeoutMs, signal, (bounded) => sendWithin(deadlineMs, call, bounded))
      } catch (error) {
        throw failureFromError(actionOf(call), error)
      }
    },
    async stream(call, signal) {
      try {
        return await firstWithin(requestTimeoutMs, signal, async (following) => {
          const response = await request(call, 'streams', following)
          return response.statusCode === 200 ? response.body : await wholeReply(response)
        })
      } catch (error) {
        throw failureFromError(actionOf(call), error)
      }
    },
    close: () => lines.close(),
  }
}

/** How a call is named in messages. Its query is left out: it may carry a page's long token. */
export function actionOf(call: Pick<Call, 'method' | 'path'>): string {
  return `${call.method} ${call.path.split('?')[0]}`
}

async function wholeReply(response: Dispatcher.ResponseData, maxWeight?: number): Promise<Reply> {
  const retryAfter = response.headers['retry-after']
  const about = { status: response.statusCode, retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter }
  if (maxWeight === undefined) return { ...about, text: await response.body.text() }
  const weigh = weigher()
  const pieces: Buffer[] = []
  for await (const piece of response.body) {
    pieces.push(piece)
    // Leaving the loop closes the connection, so the rest is not received.
    if (weigh(piece) > maxWeight) return { ...about, text: '', isTooHeavy: true }
  }
  return { ...about, text: Buffer.concat(pieces).toString('utf8') }
}

function replyOrThrow(outcome: Reply | Failure): Reply {
  if (outcome instanceof Failure) throw outcome
  return outcome
}

/** How long to wait before the read is retried; undefined where a retry would get the same answer. */
function repeatAfterMs(call: Call, outcome: Reply | Failure, tries: number): number | undefined {
  const failure = outcome instanceof Failure ? outcome : isPassing(outcome) ? failureFromReply(actionOf(call), outcome) : undefined
  if (failure?.kind !== 'unavailable') return undefined
  return failure.retryAfterMs ?? firstPauseMs * 2 ** (tries - 1) * (0.5 + Math.random())
}

function isPassing({ status }: Reply): boolean {
  return status === 429 || status >= 500
}

/** Like `withDeadline`, but the signal lives on with the result: it ends only with `parent`, or when the deadline was missed. */
async function firstWithin<R>(ms: number, parent: AbortSignal, start: (following: AbortSignal) => Promise<R>): Promise<R> {
  const controller = new AbortController()
  const following = AbortSignal.any([parent, controller.signal])
  try {
    return await withDeadline(ms, parent, () => start(following))
  } catch (error) {
    controller.abort(error)
    throw error
  }
}
