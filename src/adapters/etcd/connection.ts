import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'
import { messageOf } from '../../model/message-of.ts'
import { endpointKey, type MemberEndpoint } from '../../model/names.ts'
import type { CredentialStore } from './credentials.ts'
import { dial } from './dial.ts'
import { exchange, withdraw } from './exchange.ts'
import { GrpcError, status } from './grpc-error.ts'
import type { Limits } from './limits.ts'

/** One TCP connection to a member, dialled by the first call, and again by the next call after the connection has ended. */
export interface Connection {
  /** As `endpointKey` names the endpoint. */
  readonly key: string
  /** False until the member has sent its first HTTP/2 frame, which a process that hangs doesn't send. */
  readonly isOpen: boolean
  /**
   * Makes one unary call. Rejects with a GrpcError, or with the reason of the signal; at once when the port refuses connections.
   * A call that is given up while the connection is being made is never sent.
   */
  call(path: string, message: Uint8Array, limits: Limits): Promise<Buffer>
  close(): void
}

/** @param store has what an endpoint with `https` is dialled with; it is asked each time */
export function openConnection(endpoint: MemberEndpoint, store: CredentialStore): Connection {
  let session: ClientHttp2Session | undefined
  let greeted: Promise<ClientHttp2Session> | undefined
  let isOpen = false

  async function reach(): Promise<ClientHttp2Session> {
    if (greeted !== undefined && session !== undefined && !session.closed && !session.destroyed) return greeted
    const fresh = dial(endpoint, store)
    session = fresh
    isOpen = false
    greeted = new Promise((resolve, reject) => {
      // The server's first frame shows that a process has accepted the connection, not only the kernel.
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
        return reach()
          .then((open) => {
            // Safety: a call that was given up while the connection was being made is never sent.
            if (!isOver) stream = exchange(open, path, message, limits, finish)
          })
          .catch(finish)
      }),
    close: () => session?.destroy(),
  }
}
