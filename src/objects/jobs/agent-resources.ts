import type { EtcdClusterSpec } from '../../api/etcd-cluster.ts'
import { parseQuantity } from '../../model/quantity.ts'

type Amounts = Readonly<Record<string, string | number>>

/** The agent reads through small buffers, whatever the size of a file: it has been seen at 100 MiB (docs/performance.md). */
const own = { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1', memory: '256Mi' } } as const

/**
 * The resources of a container of the agent: those of a member, with defaults for what the spec leaves open. A ResourceQuota refuses pods
 * without limits, and nobody could correct the spec of an EtcdCluster that was deleted.
 */
export function agentResources(spec: EtcdClusterSpec | undefined): { readonly requests: Amounts; readonly limits: Amounts } {
  const { requests = {}, limits = {} }: { requests?: Amounts; limits?: Amounts } = spec?.pod.resources ?? {}
  return {
    // A request above the limit of the spec, or a limit below its request, would be refused.
    requests: { ...atMost(own.requests, limits), ...requests },
    limits: { ...atLeast(own.limits, requests), ...limits },
  }
}

function atLeast(amounts: Amounts, floor: Amounts): Amounts {
  return chosen(amounts, floor, (amount, bound) => amount < bound)
}

function atMost(amounts: Amounts, ceiling: Amounts): Amounts {
  return chosen(amounts, ceiling, (amount, bound) => amount > bound)
}

function chosen(amounts: Amounts, bounds: Amounts, isOutside: (amount: number, bound: number) => boolean): Amounts {
  return Object.fromEntries(
    Object.entries(amounts).map(([name, amount]) => {
      const bound = bounds[name]
      if (bound === undefined) return [name, amount]
      return [name, isOutside(parseQuantity(amount) ?? 0, parseQuantity(bound) ?? 0) ? bound : amount]
    }),
  )
}
