import { ETCD_CLUSTER } from '../../../src/adapters/kube/kinds.ts'
import { until } from '../../cluster/command.ts'
import type { Progress } from '../../cluster/progress.ts'
import type { Figure } from '../figures.ts'
import { type Fleet, openFleet } from './fleet.ts'
import { clusterName } from './names.ts'

/** The first passes write and issue, and V8 gives memory back late. */
const settleMs = 45_000
const atMost = { one: 115, each: 1.2 } as const

/**
 * What clusters that speak TLS take of the operator's memory. Each is formed from the EtcdCluster on, with CAs and certificates of its own,
 * and its members are met with TLS on both ports. A new process is measured each time: the one that forms them issues certificates.
 */
export async function measureEncryptedFleet(count: number, progress: Progress): Promise<readonly Figure[]> {
  const fleet = await openFleet(1, progress, { mode: 'Required', room: count })
  try {
    const one = await memoryOf(fleet, 'one')
    progress(`with one cluster: ${one.toFixed(1)} MB`)
    const forming = await fleet.startOperator('forming')
    for (const names of inBatches(Array.from({ length: count - 1 }, (_, index) => clusterName(1 + index)))) {
      await fleet.create(names)
      await fleet.untilReady(names, 120)
      progress(`${names.at(-1)} is formed`)
    }
    await untilProved(fleet, count)
    await forming.stop()
    const all = await memoryOf(fleet, 'all')
    const each = (all - one) / Math.max(1, count - 1)
    return [
      figure('1 cluster with TLS at rest: resident memory', one, atMost.one, 'MB', ''),
      figure(
        `${count} clusters with TLS at rest: resident memory for each beside the first`,
        each,
        atMost.each,
        'MB',
        ` (${all.toFixed(0)} MB in all)`,
      ),
    ]
  } finally {
    await fleet.cleanUp()
  }
}

/** Every port of every member was tried: what is measured has looked at certificates, and not at plain text. */
async function untilProved(fleet: Fleet, count: number): Promise<void> {
  await until('every cluster is Encrypted', 120_000, async () => {
    const { items } = await fleet.kube.list(ETCD_CLUSTER, {}, AbortSignal.timeout(20_000))
    const proved = items.filter(({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Encrypted' && is === 'True'))
    return proved.length === count ? true : undefined
  })
}

/** Megabytes, as the limits are given. */
async function memoryOf(fleet: Fleet, name: string): Promise<number> {
  const operator = await fleet.startOperator(name)
  await new Promise((resolve) => setTimeout(resolve, settleMs))
  const { now } = operator.residentMiB()
  await operator.stop()
  return now * 1.048576
}

/** The API server and the stand-ins for kubelets have the operator's cores: with more at once it might lose its Lease. */
const atOnce = 10

function inBatches(names: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(names.length / atOnce) }, (_, index) => names.slice(atOnce * index, atOnce * (index + 1)))
}

function figure(what: string, value: number, most: number, unit: string, detail: string): Figure {
  return { what, measured: `**${value.toFixed(2)} ${unit}**${detail}`, limit: `at most ${most} ${unit}`, holds: value <= most }
}
