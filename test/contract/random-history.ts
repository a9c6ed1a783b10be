import type { JsonGateway, Operation } from './json-gateway.ts'

/**
 * Writes a history of puts, deletions, transactions, leases and compactions, the same for the same seed. Few names, so that
 * they are deleted and created again; compactions now and then right at a deletion.
 */
export async function writeHistory(etcd: JsonGateway, seed: number, steps: number): Promise<void> {
  const random = seeded(seed)
  const name = () => `key-${random(25)}`
  const value = () => 'v'.repeat(random(random(20) === 0 ? 9000 : 200))
  let revision = await etcd.put('key-0', 'begin')
  let compacted = 0
  const leases: string[] = []

  const kinds: readonly (() => Promise<number | undefined>)[] = [
    () => etcd.put(name(), value()),
    () => etcd.put(name(), value()),
    () => etcd.put(`once-${revision}`, value()),
    () => etcd.deleteRange(name()),
    () => etcd.deleteRange('key-1', 'key-2'),
    () => etcd.txn(severalOf(name, value, random)),
    async () => etcd.put(name(), value(), leases[random(leases.length)] ?? (await newLease())),
    async () => void (random(8) === 0 && (await etcd.revokeLease(leases.pop() ?? (await etcd.grantLease())))),
    async () => void (random(6) === 0 && (await compactAt(revision - random(15)))),
    async () => void (random(6) === 0 && (await compactAt(await etcd.deleteRange(name())))),
  ]

  async function newLease(): Promise<string> {
    const id = await etcd.grantLease()
    leases.push(id)
    return id
  }

  async function compactAt(at: number): Promise<void> {
    if (at <= compacted) return
    await etcd.compact(at)
    compacted = at
  }

  for (let step = 0; step < steps; step++) revision = (await kinds[random(kinds.length)]?.()) ?? revision
}

/** Different names: etcd refuses a transaction that changes one key twice. */
function severalOf(name: () => string, value: () => string, random: (below: number) => number): readonly Operation[] {
  const names = new Set(Array.from({ length: 2 + random(5) }, name))
  return [...names].map((each) => (random(3) === 0 ? { delete: each } : { put: each, value: value() }))
}

/** A small generator of numbers below a limit (mulberry32). */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, below)
  }
}
