import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * A loopback address of one's own, on which nobody listens on these ports. Ports of 127.0.0.1 that the kernel hands out are not free for
 * long: any connection of the machine may get one of them as its own end, before the process that is to listen has started, or while it is
 * started again. The fleet's pods have the addresses from 127.64.0.0 on.
 */
export async function freeAddress(...ports: readonly number[]): Promise<string> {
  const address = `127.${randomInt(1, 64)}.${randomInt(1, 255)}.${randomInt(2, 255)}`
  const isFree = await Promise.all(ports.map((port) => canListen(address, port)))
  return isFree.every(Boolean) ? address : freeAddress(...ports)
}

export function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.on('error', () => resolve(false))
    server.listen({ host, port }, () => server.close(() => resolve(true)))
  })
}
