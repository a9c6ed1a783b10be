import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2'
import { messageOf } from '../../model/message-of.ts'
import { GrpcError, status } from './grpc-error.ts'
import type { Limits } from './limits.ts'

/**
 * The longest reply that is accepted, unless a call says otherwise. A status and a list of twenty members have a few kB. The program in the pod comes from the user's
 * image: replies of megabytes would take time from all other clusters.
 */
const usualReplyBytes = 64 * 1024
/** Before each message there is a byte that says whether it is compressed, which is never used here, and four bytes with its length. */
const prefixBytes = 5

/** Called once: with the reply's message, or with the error. */
export type Finish = (error: unknown, message?: Buffer) => void

/** Makes one unary call as gRPC defines it on HTTP/2: a message each way, and the status in the trailers. */
export function exchange(
  session: ClientHttp2Session,
  path: string,
  message: Uint8Array,
  { deadlineMs, maxReplyBytes = usualReplyBytes }: Limits,
  finish: Finish,
): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    // The member ends the call after this time too: otherwise a change that waits for a majority could be carried out much later.
    'grpc-timeout': `${Math.ceil(deadlineMs)}m`,
  })
  let headers: IncomingHttpHeaders | undefined
  let trailers: IncomingHttpHeaders | undefined
  let bytes = 0
  let hasEnded = false
  const chunks: Buffer[] = []

  stream.on('response', (received) => {
    headers = received
  })
  stream.on('trailers', (received) => {
    trailers = received
  })
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxReplyBytes) finish(new GrpcError(status.RESOURCE_EXHAUSTED, `the reply has more than ${maxReplyBytes} bytes`))
    else chunks.push(chunk)
  })
  stream.on('end', () => {
    hasEnded = true
    const refusal = refusalIn(headers, trailers)
    if (refusal !== undefined) return finish(refusal)
    const [first] = chunks
    return takeMessage(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks), finish)
  })
  stream.on('error', (error) => finish(new GrpcError(status.UNAVAILABLE, messageOf(error), { cause: error })))
  stream.on('close', () => {
    if (!hasEnded) finish(new GrpcError(status.UNAVAILABLE, `the call was ended by HTTP/2 with code ${stream.rstCode}`))
  })
  stream.end(framed(message))
  return stream
}

/** Cancels the call; the member may have carried it out already. */
export function withdraw(stream: ClientHttp2Stream): void {
  stream.close(constants.NGHTTP2_CANCEL)
}

function framed(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(prefixBytes + message.length)
  frame.writeUInt32BE(message.length, 1)
  frame.set(message, prefixBytes)
  return frame
}

/** The error that headers and trailers report. A refusal without a reply has its status in the headers. */
function refusalIn(headers: IncomingHttpHeaders | undefined, trailers: IncomingHttpHeaders | undefined): GrpcError | undefined {
  if (headers === undefined) return new GrpcError(status.UNAVAILABLE, 'the connection ended before the reply')
  if (Number(headers[':status']) !== 200) return new GrpcError(status.UNAVAILABLE, `HTTP ${headers[':status']}`)
  const last = trailers ?? headers
  const code = last['grpc-status']
  if (code === '0') return undefined
  if (typeof code !== 'string' || !/^\d{1,3}$/.test(code)) return new GrpcError(status.UNKNOWN, 'the reply has no gRPC status')
  return new GrpcError(Number(code), textOf(last['grpc-message']))
}

/** Decodes and shortens the message, which is percent-encoded and may have any length. */
function textOf(message: string | readonly string[] | undefined): string {
  const text = String(message ?? '').slice(0, 1024)
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function takeMessage(body: Buffer, finish: Finish): void {
  const isWhole = body.length >= prefixBytes && body[0] === 0 && body.readUInt32BE(1) === body.length - prefixBytes
  if (isWhole) finish(undefined, body.subarray(prefixBytes))
  else finish(new GrpcError(status.INTERNAL, 'the reply is not one message of gRPC'))
}
