import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import { messageOf } from '../../model/message-of.ts'
import { endpointKey, type MemberEndpoint } from '../../model/names.ts'
import { exchange, withdraw } from './exchange.ts'
import { GrpcError, status } from './grpc-error.ts'

/** What goes with every call; the deadline is always there, or a silent host would hold the call for ever. */
export interface Limits {
  readonly deadlineMs: number
  readonly signal?: AbortSignal | undefined
}

/** The way to one member: one TCP connection, dialled by the first call and again by the first one after its end. */
export interface Connection {
  /** As `endpointKey` names the endpoint. */
  readonly key: string
  /** False until the member has greeted, which a process that hangs doesn't. */
  readonly isOpen: boolean
  /**
   * One unary call. Rejects with a GrpcError, or with the reason of the signal. At once where nothing listens; a call that is
   * given up while the connection is being made is never sent.
   */
  call(path: string, message: Uint8Array, limits: Limits): Promise<Buffer>
  close(): void
}

const sessionOptions = { settings: { enablePush: false } }

export function openConnection(endpoint: MemberEndpoint): Connection {
  let session: ClientHttp2Session | undefined
  let greeted: Promise<ClientHttp2Session> | undefined
  let isOpen = false

  function dial(): Promise<ClientHttp2Session> {
    if (greeted !== undefined && session !== undefined && !session.closed && !session.destroyed) return greeted
    const fresh = connect(endpoint.url, sessionOptions)
    session = fresh
    isOpen = false
    greeted = new Promise((resolve, reject) => {
      // The server's first frame: by then a process has taken the connection, not only the kernel.
      fresh.once('remoteSettings', () => {
        isOpen = session === fresh
        resolve(fresh)
      })
      fresh.on('error', (error) => reject(new GrpcError(status.UNAVAILABLE, messageOf(error), { cause: error })))
      fresh.once('close', () => {
        if (session === fresh) isOpen = false
        reject(new GrpcError(status.UNAVAILABLE, 'the connection was closed'))
      })
    })
    return greeted
  }

  return {
    key: endpointKey(endpoint),
    get isOpen() {
      return isOpen
    },
    call: (path, message, limits) =>
      new Promise((resolve, reject) => {
        const { deadlineMs, signal } = limits
        if (signal?.aborted) return reject(signal.reason)
        let stream: ClientHttp2Stream | undefined
        let isOver = false
        const finish = (error: unknown, reply?: Buffer) => {
          if (isOver) return
          isOver = true
          clearTimeout(timer)
          signal?.removeEventListener('abort', giveUp)
          if (reply !== undefined) return resolve(reply)
          if (stream !== undefined) withdraw(stream)
          return reject(error)
        }
        const giveUp = () => finish(signal?.reason)
        const timer = setTimeout(() => finish(new GrpcError(status.DEADLINE_EXCEEDED, `no reply within ${deadlineMs} ms`)), deadlineMs)
        signal?.addEventListener('abort', giveUp, { once: true })
        return dial()
          .then((open) => {
            // Safety: what was given up while the connection was being made is not sent any more.
            if (!isOver) stream = exchange(open, path, message, deadlineMs, finish)
          })
          .catch(finish)
      }),
    close: () => session?.destroy(),
  }
}
