import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'

/** In front of a member, at the end of a slow line. */
export async function startSlowProxy(target: string, bytesPerSecond: number): Promise<{ readonly url: string; close(): void }> {
  const { hostname, port } = new URL(target)
  const server = createServer((client) => {
    const member = connect({ host: hostname, port: Number(port) })
    client.pipe(member)
    member.on('data', (bytes) => {
      member.pause()
      client.write(bytes)
      setTimeout(() => member.resume(), (bytes.length / bytesPerSecond) * 1000)
    })
    const end = () => {
      client.destroy()
      member.destroy()
    }
    for (const socket of [client, member]) socket.on('error', end).on('close', end)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() }
}
