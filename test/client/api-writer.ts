import { isFailure } from '../../src/adapters/failure.ts'
import { CONFIG_MAP } from '../../src/adapters/kube/kinds.ts'
import { connectKube } from '../../src/adapters/kube.ts'
import { rest } from '../e2e/until.ts'

/** A client of an API server that writes all the time and remembers what it was told. */
export interface ApiWriter {
  /** From now on figures count for this phase. */
  phase(name: string): void
  /** Names of the ConfigMaps whose writes were acknowledged so far. */
  acknowledged(): readonly string[]
  /** Stops it, reads everything back and compares. */
  verify(): Promise<ApiReport>
}

export interface ApiReport {
  readonly acknowledged: number
  /** Writes that were not acknowledged within two seconds, by whatever number of tries, with their phases and errors. */
  readonly failed: readonly string[]
  /** The longest write of each phase, from its first try to its acknowledgement. */
  readonly longestMs: Readonly<Record<string, number>>
  readonly lost: readonly string[]
}

const namespace = 'default'
const patienceMs = 2_000

export function startApiWriter(kubeconfig: string): ApiWriter {
  const kube = connectKube({ kubeconfig, userAgent: 'api-writer', requestTimeoutMs: patienceMs, callsPerSecond: 1000, burst: 1000 })
  const acknowledged = new Set<string>()
  const failed: string[] = []
  const longestMs: Record<string, number> = {}
  let phase = 'start'
  let isWriting = true

  async function write(name: string): Promise<void> {
    const began = performance.now()
    const left = () => patienceMs - (performance.now() - began)
    let last = ''
    while (left() > 0) {
      try {
        await kube.create(CONFIG_MAP, { metadata: { namespace, name }, data: { name } }, AbortSignal.timeout(Math.ceil(left())))
        break
      } catch (error) {
        // An earlier try was carried out, and its answer was lost.
        if (isFailure(error, 'conflict') && last !== '') break
        last = String(error)
        await rest(0.02)
      }
    }
    const tookMs = Math.round(performance.now() - began)
    longestMs[phase] = Math.max(longestMs[phase] ?? 0, tookMs)
    if (left() > 0) acknowledged.add(name)
    else failed.push(`${name} (${phase}, ${tookMs} ms): ${last}`)
  }

  const done = (async () => {
    for (let number = 0; isWriting; number += 1) {
      await write(`w-${number}`)
      await rest(0.03)
    }
  })()

  return {
    phase(name) {
      phase = name
    },
    acknowledged: () => [...acknowledged],
    async verify() {
      isWriting = false
      await done
      const stored = await storedBehind(kubeconfig)
      await kube.close()
      return { acknowledged: acknowledged.size, failed, longestMs, lost: [...acknowledged].filter((name) => !stored.has(name)) }
    },
  }
}

/** Names of the ConfigMaps that an API server reads from its datastore, whose data is what was written. */
export async function storedBehind(kubeconfig: string): Promise<ReadonlySet<string>> {
  const kube = connectKube({ kubeconfig, userAgent: 'api-reader', requestTimeoutMs: 20_000 })
  try {
    const { items } = await kube.list(CONFIG_MAP, { namespace }, AbortSignal.timeout(30_000))
    return new Set(items.filter(({ data, metadata }) => data?.name === metadata.name).map(({ metadata }) => metadata.name))
  } finally {
    await kube.close()
  }
}
