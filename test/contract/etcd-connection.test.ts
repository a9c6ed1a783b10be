import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Etcd } from '../../src/adapters/etcd/calls.ts'
import { connectEtcd } from '../../src/adapters/etcd.ts'
import { aToken, type EtcdProcesses, eventually, type MemberProcess, startEtcdProcesses } from './etcd-processes.ts'

/** No pause between tries, as gRPC's own client makes them, and no further deadline; the machine may be busy. */
const atOnceMs = 2_000

describe('the connection to a member', () => {
  let processes: EtcdProcesses
  let etcd: Etcd
  beforeEach(async () => {
    processes = await startEtcdProcesses('3.6.16')
    etcd = connectEtcd()
  })
  afterEach(async () => {
    etcd.close()
    await processes.cleanUp()
  })

  async function aMember(): Promise<MemberProcess> {
    const member = await processes.member('m0')
    member.start({ state: 'bootstrap', token: aToken, members: [member] })
    await eventually('it has started', () => etcd.memberList(member.endpoint))
    return member
  }

  test('fails at once where nothing listens, and sees a member as soon as it does', async () => {
    const member = await processes.member('m0')
    for (let call = 0; call < 3; call += 1) {
      const { failure, tookMs } = await failureOf(etcd.status(member.endpoint))
      expect(failure).toMatchObject({ kind: 'unavailable' })
      expect(tookMs).toBeLessThan(atOnceMs)
    }
    await expect(etcd.memberList(member.endpoint)).rejects.toMatchObject({ kind: 'unavailable' })

    member.start({ state: 'bootstrap', token: aToken, members: [member] })
    await eventually('it serves', async () => member.log().includes('ready to serve client requests') || undefined)
    const start = performance.now()
    await eventually('it is seen', () => etcd.status(member.endpoint))
    expect(performance.now() - start).toBeLessThan(atOnceMs)
  })

  test('ends at its deadline where packets vanish, and dials anew once they do not', async () => {
    const hole = await aBlackHole()
    try {
      const { failure, tookMs } = await failureOf(etcd.status({ url: hole.url }, { deadlineMs: 1500 }))
      expect(failure).toMatchObject({ kind: 'timeout' })
      expect(tookMs).toBeGreaterThan(1400)
      expect(tookMs).toBeLessThan(3000)
      hole.open()
      // TCP alone would send the next packet of its first attempt 1.5 s from now.
      await eventually(
        'a connection arrives',
        async () => {
          await failureOf(etcd.status({ url: hole.url }, { deadlineMs: 300 }))
          return hole.arrived() > 0 ? true : undefined
        },
        1400,
      )
    } finally {
      await hole.close()
    }
  })

  test('answers again at once when a frozen member goes on', async () => {
    const member = await aMember()
    await member.freeze()
    const { failure, tookMs } = await failureOf(etcd.status(member.endpoint, { deadlineMs: 500 }))
    expect(failure).toMatchObject({ kind: 'timeout' })
    expect(tookMs).toBeLessThan(atOnceMs)

    member.signal('SIGCONT')
    const start = performance.now()
    await etcd.status(member.endpoint)
    expect(performance.now() - start).toBeLessThan(atOnceMs)
  })

  test('carries out nothing that was given up before it was sent', async () => {
    const member = await aMember()
    await member.freeze()
    const fresh = connectEtcd()
    const giveUp = new AbortController()
    setTimeout(() => giveUp.abort(), 200)
    const { failure, tookMs } = await failureOf(fresh.addLearner(member.endpoint, 'http://127.0.0.1:9', { signal: giveUp.signal }))
    expect(failure).toMatchObject({ kind: 'unavailable' })
    expect(tookMs).toBeLessThan(atOnceMs)

    member.signal('SIGCONT')
    await eventually('it answers', () => fresh.status(member.endpoint))
    fresh.close()
    expect((await etcd.memberList(member.endpoint)).members).toHaveLength(1)
  })

  test('a given-up read ends at once too, and an aborted signal sends nothing', async () => {
    const member = await aMember()
    await expect(etcd.status(member.endpoint, { signal: AbortSignal.abort() })).rejects.toMatchObject({ kind: 'unavailable' })
    await member.freeze()
    const { failure, tookMs } = await failureOf(etcd.memberList(member.endpoint, { signal: AbortSignal.timeout(200) }))
    expect(failure).toMatchObject({ kind: 'timeout' })
    expect(tookMs).toBeLessThan(atOnceMs)
  })

  test('a forgotten endpoint is dialled again when it is asked again', async () => {
    const member = await aMember()
    etcd.forget(new Set([member.endpoint.url]))
    await etcd.status(member.endpoint)
    etcd.forget(new Set())
    await etcd.status(member.endpoint)
  })
})

async function failureOf(call: Promise<unknown>): Promise<{ failure: unknown; tookMs: number }> {
  const start = performance.now()
  const failure = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  return { failure, tookMs: performance.now() - start }
}

/** A port whose queue of connections is full, so that the kernel drops every further packet, until it is opened. */
async function aBlackHole() {
  const shared = new Int32Array(new SharedArrayBuffer(8)) // [0]: opened, [1]: connections that arrived and said something, which no filler does
  const worker = new Worker(blackHole, { eval: true, workerData: shared })
  const [port] = (await once(worker, 'message')) as [number]
  const fillers: Socket[] = Array.from({ length: 4 }, () => connect({ host: '127.0.0.1', port }).on('error', () => {}))
  await new Promise((resolve) => setTimeout(resolve, 200)) // The kernel's queue shows nowhere.
  return {
    url: `http://127.0.0.1:${port}`,
    arrived: () => Atomics.load(shared, 1),
    open() {
      for (const filler of fillers) filler.destroy()
      Atomics.store(shared, 0, 1)
      Atomics.notify(shared, 0)
    },
    close: () => worker.terminate(),
  }
}

const blackHole = `
  const { parentPort, workerData: shared } = require('node:worker_threads')
  const server = require('node:net').createServer((socket) => socket.on('error', () => {}).once('data', () => Atomics.add(shared, 1, 1)))
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port)
    Atomics.wait(shared, 0, 0)
  })`
