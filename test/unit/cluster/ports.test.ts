import { createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { listenersIn, refuseTakenPorts } from '../../cluster/local/ports.ts'

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:5CEE 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3141 1 0000000000000000 100 0 0 10 0
   1: 00000000:192B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2718 1 0000000000000000 100 0 0 10 0
   2: 0100007F:5CEE 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 1618 1 0000000000000000 20 4 30 10 -1
`

it('reads who listens, on one address or on all, and leaves connections out', () => {
  expect(listenersIn(table)).toEqual([
    { address: '127.0.0.1', port: 23_790, inode: '3141' },
    { address: 'any', port: 6443, inode: '2718' },
  ])
})

it.runIf(process.platform === 'linux').each(['127.0.0.1', '::'])(
  'a port that is taken on %s is named, with who has it and who needs it',
  async (host) => {
    const server = createServer()
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    const refusal = () => refuseTakenPorts([{ address: '127.0.0.1', port, who: 'etcd' }])
    expect(refusal).toThrow(`Port ${port}, on which etcd of the test cluster listens, is taken by process ${process.pid} (`)
  },
)

it('a port that nobody listens on is fine, and so is one of another address', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  refuseTakenPorts([{ address: '10.199.0.1', port, who: 'kube-apiserver' }])
  await new Promise((resolve) => server.close(resolve))
  refuseTakenPorts([{ address: '127.0.0.1', port, who: 'etcd' }])
})
