/** etcd's JSON gateway: what an ordinary client does, without a client library. */
export interface JsonGateway {
  /** Resolve with the revision after it. */
  put(key: string, value: string, lease?: string): Promise<number>
  /** As the member itself has it, without asking others. */
  get(key: string): Promise<string | undefined>
  deleteRange(key: string, end?: string): Promise<number>
  txn(operations: readonly Operation[]): Promise<number>
  compact(revision: number, options?: { readonly physical: boolean }): Promise<void>
  /** A lease ID. */
  grantLease(): Promise<string>
  /** Deletes its keys. */
  revokeLease(id: string): Promise<void>
  defragment(): Promise<void>
  /** Resolves when all that the member has applied by now is in its database's file. */
  commit(): Promise<void>
  /** Raises an alarm; `memberId` in hex. */
  raise(alarm: { readonly memberId: string; readonly alarm: 'CORRUPT' | 'NOSPACE' }): Promise<void>
  countKeys(): Promise<number>
  /** Of all keys up to this revision. */
  hashKv(revision: string): Promise<number>
}

export type Operation = { readonly put: string; readonly value: string } | { readonly delete: string }

export function openGateway(url: string): JsonGateway {
  async function call(path: string, body: object): Promise<Reply> {
    const response = await fetch(`${url}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${text}`)
    return JSON.parse(text)
  }
  const revisionAfter = async (path: string, body: object) => Number((await call(path, body)).header?.revision)

  return {
    put: (key, value, lease) =>
      revisionAfter('kv/put', { key: base64(key), value: base64(value), ...(lease === undefined ? {} : { lease }) }),
    async get(key) {
      const [found] = (await call('kv/range', { key: base64(key), serializable: true })).kvs ?? []
      return found?.value === undefined ? undefined : Buffer.from(found.value, 'base64').toString()
    },
    deleteRange: (key, end) =>
      revisionAfter('kv/deleterange', { key: base64(key), ...(end === undefined ? {} : { range_end: base64(end) }) }),
    txn: (operations) => revisionAfter('kv/txn', { success: operations.map(request) }),
    compact: async (revision, { physical } = { physical: true }) => void (await call('kv/compaction', { revision, physical })),
    grantLease: async () => String((await call('lease/grant', { TTL: 600 })).ID),
    revokeLease: async (ID) => void (await call('lease/revoke', { ID })),
    defragment: async () => void (await call('maintenance/defragment', {})),
    // The hash of the whole file is of no use to anybody; but etcd commits before it reads.
    commit: async () => void (await call('maintenance/hash', {})),
    raise: async ({ memberId, alarm }) =>
      void (await call('maintenance/alarm', { action: 'ACTIVATE', memberID: BigInt(`0x${memberId}`).toString(), alarm })),
    countKeys: async () => Number((await call('kv/range', { key: base64('\0'), range_end: base64('\0'), count_only: true })).count ?? 0),
    hashKv: async (revision) => (await call('maintenance/hashkv', { revision })).hash ?? 0,
  }
}

interface Reply {
  readonly header?: { readonly revision?: string }
  readonly ID?: string
  readonly count?: string
  readonly hash?: number
  readonly kvs?: readonly { readonly value?: string }[]
}

function request(operation: Operation): object {
  return 'put' in operation
    ? { request_put: { key: base64(operation.put), value: base64(operation.value) } }
    : { request_delete_range: { key: base64(operation.delete) } }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
