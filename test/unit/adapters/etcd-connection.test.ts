import { createServer as createHttp2Server, type Http2Session, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openConnection } from '../../../src/adapters/etcd/connection.ts'
import { credentialStore } from '../../../src/adapters/etcd/credentials.ts'

const path = '/etcdserverpb.Maintenance/Status'
const headers = { ':status': 200, 'content-type': 'application/grpc' }
/** A message of three bytes behind its prefix. */
const frame = Buffer.from([0, 0, 0, 0, 3, 7, 8, 9])

/** What a member does with a call, on HTTP/2 itself. */
async function aMember(serve: (stream: ServerHttp2Stream) => void) {
  const server = createHttp2Server()
  const sessions = new Set<Http2Session>()
  server.on('session', (session) => sessions.add(session))
  server.on('stream', (stream) => {
    stream.on('error', () => {})
    serve(stream)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const connection = openConnection({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, credentialStore())
  onTestFinished(() => {
    connection.close()
    for (const session of sessions) session.destroy()
    server.close()
  })
  return { connection, sessions, ask: (deadlineMs = 2_000) => connection.call(path, Buffer.alloc(0), { deadlineMs }) }
}

function answer(stream: ServerHttp2Stream, body: Buffer = frame, status = '0'): void {
  stream.respond(headers, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status, 'grpc-message': 'etcdserver: no%20leader' }))
  stream.end(body)
}

test('a reply comes without its prefix, in however many pieces it arrives', async () => {
  const { ask } = await aMember((stream) => {
    stream.respond(headers, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.write(frame.subarray(0, 6))
    setTimeout(() => stream.end(frame.subarray(6)), 20)
  })
  expect([...(await ask())]).toEqual([7, 8, 9])
})

test('a refusal has its code and text, behind a reply and without one', async () => {
  const behind = await aMember((stream) => answer(stream, frame, '14'))
  await expect(behind.ask()).rejects.toMatchObject({ code: 14, details: 'etcdserver: no leader' })
  const alone = await aMember((stream) => stream.respond({ ...headers, 'grpc-status': '9', 'grpc-message': '100%' }, { endStream: true }))
  await expect(alone.ask()).rejects.toMatchObject({ code: 9, details: '100%' })
})

type Serve = (stream: ServerHttp2Stream) => void
const begin: Serve = (stream) => stream.respond(headers)
const mischief: readonly [what: string, serve: Serve, code: number][] = [
  ['says nothing', () => {}, 4],
  ['never ends its reply', (stream) => [begin(stream), stream.write(frame)], 4],
  ['sends without an end', (stream) => [begin(stream), flood(stream)], 8],
  ['breaks the call off', (stream) => stream.close(2), 14],
  ['takes the call back', (stream) => stream.close(8), 14],
  ['ends the connection', (stream) => stream.session?.destroy(), 14],
  ['answers as a web server', (stream) => stream.respond({ ':status': 404 }, { endStream: true }), 14],
  ['leaves out the status', (stream) => [begin(stream), stream.end(frame)], 2],
  ['sends half a message', (stream) => answer(stream, frame.subarray(0, 6)), 13],
  ['sends two messages', (stream) => answer(stream, Buffer.concat([frame, frame])), 13],
  ['compresses its message', (stream) => answer(stream, Buffer.from([1, 0, 0, 0, 1, 7])), 13],
]

test.each(mischief)('a member that %s ends its call alone, in time', async (_, serve, code) => {
  let isFirst = true
  const { ask } = await aMember((stream) => {
    if (isFirst) serve(stream)
    else answer(stream)
    isFirst = false
  })
  const beginMs = performance.now()
  // Whatever does not end by the deadline ends long before it, on a busy machine, too.
  await expect(ask(code === 4 ? 300 : 60_000)).rejects.toMatchObject({ code })
  expect(performance.now() - beginMs).toBeLessThan(20_000)
  expect([...(await ask())]).toEqual([7, 8, 9])
})

test('a connection that the member ends is dialled again by the next call', async () => {
  const { ask, sessions } = await aMember(answer)
  await ask()
  for (const session of sessions) session.goaway()
  for (const session of sessions) session.close()
  await expect.poll(() => ask().catch(() => undefined)).toBeDefined()
  expect(sessions.size).toBe(2)
})

test('a call that is given up before the member greets is never sent, and the connection is not open', async () => {
  const received: Buffer[] = []
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (bytes) => received.push(bytes))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const connection = openConnection({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, credentialStore())
  onTestFinished(() => {
    connection.close()
    server.close()
  })
  const giveUp = new AbortController()
  const call = connection.call(path, Buffer.alloc(0), { deadlineMs: 10_000, signal: giveUp.signal })
  await expect.poll(() => received.length).toBeGreaterThan(0)
  giveUp.abort(new Error('the pass has ended'))
  await expect(call).rejects.toThrow('the pass has ended')
  expect(connection.isOpen).toBe(false)

  // The greeting, at last: an empty SETTINGS frame.
  for (const socket of sockets) socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))
  await expect.poll(() => connection.isOpen).toBe(true)
  expect(Buffer.concat(received).includes('etcdserverpb')).toBe(false)
})

test('nothing is sent with a signal that was aborted before, and a refused port fails at once', async () => {
  const { connection, sessions } = await aMember(answer)
  const signal = AbortSignal.abort(new Error('over'))
  await expect(connection.call(path, Buffer.alloc(0), { deadlineMs: 1_000, signal })).rejects.toThrow('over')
  expect(sessions.size).toBe(0)
  const nobody = openConnection({ url: 'http://127.0.0.1:1' }, credentialStore())
  const beginMs = performance.now()
  await expect(nobody.call(path, Buffer.alloc(0), { deadlineMs: 5_000 })).rejects.toMatchObject({ code: 14 })
  expect(performance.now() - beginMs).toBeLessThan(4_000)
})

/** As fast as it is taken. */
function flood(stream: ServerHttp2Stream): void {
  const more = () => {
    while (!stream.destroyed && stream.writable && stream.write(Buffer.alloc(16_384)));
  }
  stream.on('drain', more)
  more()
}
