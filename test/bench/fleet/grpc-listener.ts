import { createServer as createHttp2Server, createSecureServer, type ServerHttp2Stream } from 'node:http2'
import { createServer, type Server, type Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { port } from '../../../src/model/names.ts'
import { Refusal } from './etcd-cluster.ts'
import { methodOf } from './protocol.ts'

/** Answers one call that came to this address: `Maintenance.Status`, its request; or never comes to an end. @throws Refusal */
export type AnswerCall = (address: string, call: string, request: Readonly<Record<string, unknown>>) => object | 'endless'

/** The TLS that a client is met with which asks for this name; undefined: there is none. */
export type ContextOf = (serverName: string) => SecureContext | undefined

/** etcd's client port on many addresses of this machine, in one process. */
export interface GrpcListener {
  open(address: string): Promise<void>
  /** The same with TLS alone, and the peer port beside it. */
  openEncrypted(address: string): Promise<void>
  /** Nothing listens there any more, as after the end of a process. */
  close(address: string): Promise<void>
  /** Connections stay and are accepted, and nothing is ever said on them: a process that hangs. */
  silence(address: string): void
  closeAll(): Promise<void>
}

export function createGrpcListener(answer: AnswerCall, contextOf: ContextOf): GrpcListener {
  const http2 = createHttp2Server()
  http2.on('stream', (stream, headers) => serve(stream, String(headers[':path'])))
  http2.on('sessionError', () => {}) // The client has gone.
  const encrypted = createSecureServer({
    allowHTTP1: true,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    SNICallback: (name, done) => done(null, contextOf(name)),
  })
  encrypted.on('sessionError', () => {})
  encrypted.on('tlsClientError', () => {}) // A knock in plain text, or with a certificate that is not trusted.
  // GET /version, by which the operator sees that its certificate is accepted.
  encrypted.on('request', (_, response) => {
    response.end('{}')
  })
  // Node would make a request of each stream of HTTP/2 as well.
  encrypted.removeAllListeners('stream')
  encrypted.on('stream', (stream, headers) => serve(stream, String(headers[':path'])))
  const open = new Map<string, readonly Listening[]>()

  function serve(stream: ServerHttp2Stream, path: string): void {
    stream.on('error', () => {}) // The client has withdrawn its call.
    const address = stream.session?.socket.localAddress ?? ''
    const call = path.replace('/etcdserverpb.', '').replace('/', '.')
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      if (open.get(address)?.[0]?.isSilent !== false || stream.destroyed) return
      reply(stream, () => {
        const method = methodOf(call)
        // Five bytes stand before each message of gRPC: whether it is compressed, and its length.
        const request = method.requestDeserialize(Buffer.concat(chunks).subarray(5)) as Readonly<Record<string, unknown>>
        const made = answer(address, call, request)
        return made === 'endless' ? made : method.responseSerialize(made)
      })
    })
  }

  async function openWith(address: string, servers: readonly (readonly [port: number, server: Accepting])[]): Promise<void> {
    if (open.has(address)) return
    const started = servers.map(([at, server]) => listen(server, address, at))
    open.set(
      address,
      started.map(({ listening }) => listening),
    )
    await Promise.all(started.map(({ ready }) => ready))
  }

  return {
    open: (address) => openWith(address, [[port.client, http2]]),
    openEncrypted: (address) =>
      openWith(address, [
        [port.client, encrypted],
        [port.peer, encrypted],
      ]),
    async close(address) {
      const listening = open.get(address) ?? []
      open.delete(address)
      await Promise.all(listening.map(end))
    },
    silence(address) {
      for (const listening of open.get(address) ?? []) {
        listening.isSilent = true
        for (const socket of listening.sockets) socket.pause()
      }
    },
    async closeAll() {
      await Promise.all([...open.values()].flat().map(end))
      open.clear()
    },
  }
}

/** A server that is handed its connections. */
interface Accepting {
  emit(event: 'connection', socket: Socket): boolean
}

interface Listening {
  readonly server: Server
  readonly sockets: Set<Socket>
  isSilent: boolean
}

function listen(to: Accepting, address: string, at: number): { readonly listening: Listening; readonly ready: Promise<void> } {
  const listening: Listening = {
    isSilent: false,
    sockets: new Set(),
    server: createServer((socket) => {
      listening.sockets.add(socket)
      socket.once('close', () => listening.sockets.delete(socket))
      socket.on('error', () => {}) // The client has gone.
      if (!listening.isSilent) to.emit('connection', socket)
    }),
  }
  const ready = new Promise<void>((resolve, reject) => {
    listening.server.once('error', reject)
    listening.server.listen(at, address, resolve)
  })
  return { listening, ready }
}

async function end({ server, sockets }: Listening): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  for (const socket of sockets) socket.destroy()
  await closed
}

function reply(stream: ServerHttp2Stream, make: () => Buffer | 'endless'): void {
  const headers = { ':status': 200, 'content-type': 'application/grpc+proto' }
  try {
    const message = make()
    if (message === 'endless') {
      stream.respond(headers)
      flood(stream)
      return
    }
    const frame = Buffer.alloc(5)
    frame.writeUInt32BE(message.length, 1)
    stream.respond(headers, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(Buffer.concat([frame, message]))
  } catch (error) {
    const { code, message } = error instanceof Refusal ? error : new Refusal(13, String(error))
    stream.respond({ ...headers, 'grpc-status': String(code), 'grpc-message': encodeURIComponent(message) }, { endStream: true })
  }
}

/** As fast as the client takes it. */
function flood(stream: ServerHttp2Stream): void {
  const more = () => {
    while (!stream.destroyed && stream.writable && stream.write(Buffer.alloc(16_384)));
  }
  stream.on('drain', more)
  more()
}
