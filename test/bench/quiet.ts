import { type AuditedRequest, openAudit } from '../e2e/audit.ts'
import { operatorNamespace } from '../e2e/install.ts'
import { leadingPod } from '../e2e/operator-pods.ts'
import type { Arena } from './arena.ts'
import { type Figure, limitFigure } from './figures.ts'

const settleMs = 10_000
const watchedMs = 60_000

/** What one healthy cluster of three costs while nothing happens: requests to the API server, and the operator's memory. */
export async function measureQuiet(arena: Arena): Promise<readonly Figure[]> {
  await arena.createClusters(['ours'], 3)
  await arena.cluster('ours').untilReady()
  await rest(settleMs)
  const audit = arena.k8s.info.auditLog === undefined ? undefined : openAudit(arena.k8s)
  await rest(watchedMs)
  const requests = audit?.requests() ?? []
  const secrets = requests.filter(isReadOfSecret)
  const others = requests.filter((request) => !isLease(request) && !isReadOfSecret(request) && request.verb !== 'watch')
  const memory = await residentBytes(arena)
  await arena.clear()
  arena.progress(`quiet: ${requests.length} requests, ${others.length} of them neither Lease nor watch`)
  return [
    ...(audit === undefined
      ? []
      : [
          limitFigure(
            'steady, one cluster of 3: requests in a minute that are neither Lease nor re-opened watch nor the read of a Secret',
            others.length,
            '',
            0,
            `${requests.filter(isLease).length} for the Lease, ${requests.filter(({ verb }) => verb === 'watch').length} watches${describe(others)}`,
          ),
          // Each is read every ten minutes, so none of them twice in a minute.
          limitFigure('steady: reads of one Secret in a minute', mostOfOne(secrets), '', 1, `${secrets.length} of all`),
        ]),
    limitFigure('resident memory of the operator with one cluster', memory / 1e6, 'MB', 115),
  ]
}

function isReadOfSecret({ verb, resource }: AuditedRequest): boolean {
  return verb === 'get' && resource === 'secrets'
}

function mostOfOne(reads: readonly AuditedRequest[]): number {
  return Math.max(0, ...reads.map(({ name }) => reads.filter((other) => other.name === name).length))
}

function isLease({ resource }: AuditedRequest): boolean {
  return resource === 'leases'
}

function describe(requests: readonly AuditedRequest[]): string {
  const kinds = new Set(requests.map(({ verb, resource, subresource }) => `${verb} ${resource}${subresource && `/${subresource}`}`))
  return kinds.size === 0 ? '' : `; ${[...kinds].join(', ')}`
}

/** As the process itself says, over its metrics port. */
async function residentBytes({ k8s }: Arena): Promise<number> {
  const { metadata } = await leadingPod(k8s)
  const text = await k8s.request('GET', `/api/v1/namespaces/${operatorNamespace}/pods/${metadata.name}:8080/proxy/metrics`)
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1])
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
