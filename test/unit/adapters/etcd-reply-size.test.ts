import { Server, ServerCredentials } from '@grpc/grpc-js'
import { expect, onTestFinished, test } from 'vitest'
import { connectEtcd } from '../../../src/adapters/etcd.ts'

const asTheyAre = { requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same }

/** What listens on a member's port and answers with these bytes, whoever made its image. */
async function aMember(replies: Readonly<Record<string, Buffer>>) {
  const server = new Server()
  for (const [path, reply] of Object.entries(replies)) {
    const method = { path, requestStream: false, responseStream: false, ...asTheyAre }
    server.addService({ ask: method }, { ask: (_: unknown, callback: (error: null, reply: Buffer) => void) => callback(null, reply) })
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  )
  const etcd = connectEtcd()
  onTestFinished(() => {
    etcd.close()
    server.forceShutdown()
  })
  return { etcd, endpoint: { url: `http://127.0.0.1:${port}` } }
}

function same(bytes: Buffer): Buffer {
  return bytes
}

/** Field 2 of MemberListResponse, `repeated Member members`; each has an ID (field 1) alone. */
function aList(rows: number): Buffer {
  return Buffer.concat([Buffer.from([0x0a, 0x00]), ...Array.from({ length: rows }, () => Buffer.from([0x12, 0x02, 0x08, 0x07]))])
}

test('a list of more members than etcd could have is refused, before anything looks at its rows', async () => {
  const { etcd, endpoint } = await aMember({ '/etcdserverpb.Cluster/MemberList': aList(340) })
  await expect(etcd.memberList(endpoint)).rejects.toMatchObject({
    kind: 'bug',
    message: expect.stringContaining("a list of 340 members isn't plausible, at most 20 are read"),
  })
})

test('a list of as many as etcd could have is read', async () => {
  const { etcd, endpoint } = await aMember({ '/etcdserverpb.Cluster/MemberList': aList(9) })
  expect((await etcd.memberList(endpoint)).members).toHaveLength(9)
})

test.each([
  ['member list', '/etcdserverpb.Cluster/MemberList', aList(20_000)],
  // Field 8 of StatusResponse, `repeated string errors`.
  ['status', '/etcdserverpb.Maintenance/Status', Buffer.concat(Array.from({ length: 40_000 }, () => Buffer.from([0x42, 0x01, 0x78])))],
] as const)('a %s of more than 64 KiB is not even taken apart', async (call, path, reply) => {
  expect(reply.length).toBeGreaterThan(64 * 1024)
  const { etcd, endpoint } = await aMember({ [path]: reply })
  const answer: Promise<unknown> = call === 'status' ? etcd.status(endpoint) : etcd.memberList(endpoint)
  await expect(answer).rejects.toMatchObject({ kind: 'bug', message: expect.stringContaining('the reply has more than 65536 bytes') })
})
