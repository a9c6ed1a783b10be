import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** In front of a member. After `limit` bytes from the member nothing more goes through. */
export interface TcpProxy {
  readonly url: string
  /** Resolves when the limit is reached. */
  readonly reached: Promise<void>
  /** Ends all connections at once. */
  cut(): void
  close(): Promise<void>
}

/** @param atLimit what becomes of the connection then: it ends, or hangs */
export async function startTcpProxy(target: string, limit: number, atLimit: 'cut' | 'hang'): Promise<TcpProxy> {
  const { hostname, port } = new URL(target)
  const reached = Promise.withResolvers<void>()
  const sockets = new Set<Socket>()
  let left = limit

  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((client) => {
    const member = connect({ host: hostname, port: Number(port) })
    for (const socket of [client, member]) {
      sockets.add(socket)
      socket.on('error', cut).on('close', cut)
    }
    client.pipe(member)
    member.on('data', (bytes) => {
      const passed = bytes.subarray(0, left)
      left -= passed.length
      if (left === 0) member.pause()
      // One byte after the other has really left when the end is announced.
      client.write(passed, () => {
        if (left > 0) return
        if (atLimit === 'cut') cut()
        reached.resolve()
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reached: reached.promise,
    cut,
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
