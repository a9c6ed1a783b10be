import { ownWorkFamilies } from './catalogue/own-work.ts'
import type { MetricsRegistry } from './registry.ts'

export interface OwnWorkMetrics {
  /** `failure`: what kind of failure ended the pass, one of a few words; undefined when it went well. */
  passed(controller: string, durationMs: number, failure: string | undefined): void
  /** A request to the API server; `status` is undefined where no answer came. */
  requested(verb: string, resource: string, status: number | undefined): void
  /** Asked at every scrape: how many objects wait for a pass. */
  queuesFrom(source: () => Iterable<readonly [controller: string, queue: { readonly waiting: number }]>): void
  stepDone(action: string, durationMs: number): void
  /** A pass ended because somebody else wrote in between. */
  raceLost(controller: string): void
  leading(isLeader: boolean): void
  /** Asked at every scrape. */
  scopesFrom(source: () => readonly WatchedScope[]): void
  /** Whether the operator may read the namespace. */
  isLookedAfter(namespace: string): boolean
}

/** A namespace that is watched (undefined: all), and whether it is looked after. */
export interface WatchedScope {
  readonly namespace: string | undefined
  readonly state: 'reading' | 'read' | 'refused'
}

export function ownWorkMetrics(registry: MetricsRegistry, version: string): OwnWorkMetrics {
  let isLeading = false
  let scopes: () => readonly WatchedScope[] = () => []
  let queues: Parameters<OwnWorkMetrics['queuesFrom']>[0] = () => []
  const passes = registry.histogram(ownWorkFamilies.passDuration)
  const failedPasses = registry.counter(ownWorkFamilies.passFailures)
  const races = registry.counter(ownWorkFamilies.lostRaces)
  const requests = registry.counter(ownWorkFamilies.apiRequests)
  const steps = registry.histogram(ownWorkFamilies.stepDuration)
  registry.computed(ownWorkFamilies.leader, () => [[{}, Number(isLeading)]])
  registry.computed(ownWorkFamilies.buildInfo, () => [[{ version }, 1]])
  registry.computed(ownWorkFamilies.watchedNamespace, () =>
    scopes().map(({ namespace = '', state }) => [{ watched: namespace }, Number(state === 'read')] as const),
  )
  registry.computed(ownWorkFamilies.queueDepth, () => [...queues()].map(([controller, { waiting }]) => [{ controller }, waiting] as const))
  return {
    passed(controller, durationMs, failure) {
      passes.observe({ controller, result: failure === undefined ? 'ok' : 'failed' }, durationMs / 1000)
      if (failure !== undefined) failedPasses.inc({ controller, failure })
    },
    requested: (verb, resource, status) => requests.inc({ verb, resource, code: status ?? 'none' }),
    queuesFrom(source) {
      queues = source
    },
    stepDone: (action, durationMs) => steps.observe({ action }, durationMs / 1000),
    raceLost: (controller) => races.inc({ controller }),
    leading(isLeader) {
      isLeading = isLeader
    },
    scopesFrom(source) {
      scopes = source
    },
    isLookedAfter(namespace) {
      const scope = scopes().find((one) => one.namespace === undefined || one.namespace === namespace)
      return scope === undefined || scope.state === 'read'
    },
  }
}
