import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { credentialStore } from '../../src/adapters/etcd/credentials.ts'
import { connectSource } from '../../src/adapters/etcd/snapshot-source.ts'
import { type EtcdProcesses, eventually, type MemberProcess, startEtcdProcesses } from './etcd-processes.ts'
import { openGateway } from './json-gateway.ts'
import { startSlowProxy } from './slow-proxy.ts'
import { startTcpProxy } from './tcp-proxy.ts'

describe("a member's snapshot", () => {
  let processes: EtcdProcesses
  let member: MemberProcess
  let written: number
  beforeAll(async () => {
    processes = await startEtcdProcesses('3.6.16')
    const [only] = await processes.bootstrap(1)
    if (only === undefined) throw new Error('no member')
    member = only
    const gateway = openGateway(member.endpoint.url)
    await eventually('it serves', () => gateway.countKeys())
    for (let index = 0; index < 3; index += 1) written = await gateway.put(`key-${index}`, 'x'.repeat(1_000_000))
  })
  afterAll(() => processes.cleanUp())

  async function receive(url: string, stallMs: number, onPiece?: () => Promise<void>): Promise<Buffer> {
    const source = connectSource({ url }, credentialStore())
    try {
      const pieces: Buffer[] = []
      for await (const { blob } of source.snapshot(stallMs, new AbortController().signal)) {
        pieces.push(blob)
        await onPiece?.()
      }
      return Buffer.concat(pieces)
    } finally {
      source.close()
    }
  }

  test('arrives whole, its checksum at the end', async () => {
    const snapshot = await receive(member.endpoint.url, 5000)
    expect(snapshot.length).toBeGreaterThan(3_000_000)
    expect(createHash('sha256').update(snapshot.subarray(0, -32)).digest()).toEqual(snapshot.subarray(-32))
  })

  test('waits for a slow receiver as long as it takes', async () => {
    let pieces = 0
    const slow = async () => {
      pieces += 1
      if (pieces === 2) await new Promise((resolve) => setTimeout(resolve, 4000))
    }
    expect((await receive(member.endpoint.url, 2000, slow)).length).toBeGreaterThan(3_000_000)
  })

  test.runIf(process.env.TEST_LONG)('arrives over a slow line, where the answer to a ping stands behind seconds of data', async () => {
    const proxy = await startSlowProxy(member.endpoint.url, 150_000)
    try {
      expect((await receive(proxy.url, 5000)).length).toBeGreaterThan(3_000_000)
    } finally {
      proxy.close()
    }
  })

  test('is given up when nothing arrives any more', async () => {
    const proxy = await startTcpProxy(member.endpoint.url, 1_000_000, 'hang')
    try {
      await expect(receive(proxy.url, 300)).rejects.toMatchObject({ kind: 'timeout', message: expect.stringContaining('0.3 s') })
    } finally {
      await proxy.close()
    }
  })

  test('follows a read that a majority has confirmed', async () => {
    const source = connectSource(member.endpoint, credentialStore())
    const [{ clusterId }, confirmed] = [await source.status(), await source.confirm()]
    expect(confirmed).toEqual({ clusterId, revision: String(written) })
    source.close()
  })

  test('is refused where nobody listens', async () => {
    const source = connectSource({ url: 'http://127.0.0.1:9' }, credentialStore())
    await expect(source.status()).rejects.toMatchObject({ kind: 'unavailable' })
    await expect(source.confirm()).rejects.toMatchObject({ kind: 'unavailable' })
    source.close()
    await expect(receive('http://127.0.0.1:9', 300)).rejects.toMatchObject({ kind: 'unavailable' })
  })
})
