/** Fills an etcd with values, as fast as it takes them; in a pod from one bundled file, or called from here. */
import { mayRepeat, openKv } from './kv.ts'

export interface Filling {
  /** Host and port. */
  readonly address: string
  /** Of all values together. */
  readonly bytes: number
  /** Begins the keys. */
  readonly prefix: string
}

const valueBytes = 64 * 1024
const connections = 8
const patienceMs = 20_000

if (process.env.FILLER_ADDRESS !== undefined) {
  void fill({ address: process.env.FILLER_ADDRESS, bytes: Number(process.env.FILLER_BYTES), prefix: 'filling/' })
}

export async function fill({ address, bytes, prefix }: Filling): Promise<void> {
  const value = 'v'.repeat(valueBytes)
  const count = Math.ceil(bytes / valueBytes)
  let next = 0
  async function work(): Promise<void> {
    const kv = openKv(address)
    while (next < count) {
      const key = `${prefix}${String(next++).padStart(8, '0')}`
      for (const giveUp = performance.now() + patienceMs; ; ) {
        try {
          await kv.put(key, value, patienceMs)
          break
        } catch (error) {
          if (!mayRepeat(error) || performance.now() > giveUp) throw error
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      }
    }
    kv.close()
  }
  await Promise.all(Array.from({ length: connections }, work))
}
