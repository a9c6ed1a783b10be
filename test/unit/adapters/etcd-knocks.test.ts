import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { credentialStore } from '../../../src/adapters/etcd/credentials.ts'
import { probeCalls } from '../../../src/adapters/etcd/probes.ts'

test('knocks at many members are made a few at a time, and who waits for its turn loses none of its time', async ({ onTestFinished }) => {
  let [open, most] = [0, 0]
  const server = createServer((socket) => {
    open += 1
    most = Math.max(most, open)
    socket.on('error', () => {})
    socket.once('close', () => {
      open -= 1
    })
    socket.once('data', () => setTimeout(() => socket.end('HTTP/1.1 200 OK\r\n\r\n'), 20))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const { answersPlain } = probeCalls(credentialStore())
  const knocks = Array.from({ length: 400 }, () => answersPlain({ url: `http://127.0.0.1:${port}` }, { deadlineMs: 60_000 }))
  expect((await Promise.all(knocks)).every(Boolean)).toBe(true)
  // A server hears of the end of a connection a moment after its client.
  expect(most).toBeLessThanOrEqual(40)
})
