/** Fills an etcd with values, as fast as it takes them; in a pod from one bundled file, or called from here. */
import { mayRepeat, openKv } from './kv.ts'
import { readTls } from './tls-files.ts'

export interface Filling {
  /** Host and port. */
  readonly address: string
  /** Folder with ca.crt, tls.crt and tls.key; absent: in the clear. */
  readonly tls?: string | undefined
  /** Of all values together. */
  readonly bytes: number
  /** Begins the keys. */
  readonly prefix: string
}

const valueBytes = 64 * 1024
const connections = 8
const patienceMs = 20_000

if (process.env.FILLER_ADDRESS !== undefined) {
  const { FILLER_ADDRESS: address, FILLER_BYTES, FILLER_TLS: tls } = process.env
  void fill({ address, tls, bytes: Number(FILLER_BYTES), prefix: 'filling/' })
}

export async function fill({ address, tls, bytes, prefix }: Filling): Promise<void> {
  const value = 'v'.repeat(valueBytes)
  const count = Math.ceil(bytes / valueBytes)
  let next = 0
  async function work(): Promise<void> {
    const kv = openKv(address, readTls(tls, address))
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
