import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2'
import { messageOf } from '../../model/message-of.ts'
import { GrpcError, status } from './grpc-error.ts'

/**
 * The longest reply that is taken. A status and a list of twenty members have a few kB; what runs in a pod is the user's image, and one
 * that answers with megabytes would take the time of all other clusters.
 */
const maxReplyBytes = 64 * 1024
/** Before each message stand a flag for compression, which is never used here, and four bytes with its length. */
const prefixBytes = 5

/** Called once: with the reply's message, or with why there is none. */
export type Finish = (error: unknown, message?: Buffer) => void

/** One unary call as gRPC puts it on HTTP/2: a message each way, and the status in the headers at the end. */
export function exchange(
  session: ClientHttp2Session,
  path: string,
  message: Uint8Array,
  deadlineMs: number,
  finish: Finish,
): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    // The member gives up by itself as well: a change that waits for a majority isn't carried out much later.
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

/** Takes the call back, as far as the member hasn't carried it out. */
export function withdraw(stream: ClientHttp2Stream): void {
  stream.close(constants.NGHTTP2_CANCEL)
}

function framed(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(prefixBytes + message.length)
  frame.writeUInt32BE(message.length, 1)
  frame.set(message, prefixBytes)
  return frame
}

/** A refusal without a reply comes in the headers alone. */
function refusalIn(headers: IncomingHttpHeaders | undefined, trailers: IncomingHttpHeaders | undefined): GrpcError | undefined {
  if (headers === undefined) return new GrpcError(status.UNAVAILABLE, 'the connection ended before the reply')
  if (Number(headers[':status']) !== 200) return new GrpcError(status.UNAVAILABLE, `HTTP ${headers[':status']}`)
  const last = trailers ?? headers
  const code = last['grpc-status']
  if (code === '0') return undefined
  if (typeof code !== 'string' || !/^\d{1,3}$/.test(code)) return new GrpcError(status.UNKNOWN, 'the reply has no gRPC status')
  return new GrpcError(Number(code), textOf(last['grpc-message']))
}

/** Percent-encoded, and as long as the member likes. */
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
