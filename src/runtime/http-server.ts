import { createServer, type Server } from 'node:http'
import type { Log } from './log.ts'

/** Content of a health page: `ok` or not, and notes for people in either case. */
export type Check = () => { readonly ok: boolean; readonly notes: readonly string[] }

/** Implemented by prom-client's Registry. */
export interface MetricsSource {
  readonly contentType: string
  metrics(): Promise<string>
}

export interface Page {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export interface HttpServer {
  /** The port that the server listens on: the kernel chooses it when 0 was asked for. */
  readonly port: number
  close(): Promise<void>
}

/** Serves pages by path until closed. `address` is `host:port` or `:port`, which means all addresses, IPv4 and IPv6. */
export async function startHttpServer(
  address: string,
  pages: Readonly<Record<string, () => Promise<Page>>>,
  log: Log,
): Promise<HttpServer> {
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000, maxHeaderSize: 8_192 }, (request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    const page = request.method === 'GET' || request.method === 'HEAD' ? pages[path] : undefined
    const answer = page === undefined ? Promise.resolve(text(404, 'not found')) : page()
    answer.then(
      ({ status, contentType, body }) =>
        response.writeHead(status, { 'content-type': contentType }).end(request.method === 'HEAD' ? '' : body),
      (error: unknown) => {
        log.error({ path, err: error }, 'page failed')
        response.writeHead(500).end()
      },
    )
  })
  const port = await listen(server, address)
  log.info({ address, port, paths: Object.keys(pages) }, 'listening')
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** /healthz and /readyz: `ok`, or 503, with the notes below. */
export function healthPages(checks: { readonly healthy: Check; readonly ready: Check }): Readonly<Record<string, () => Promise<Page>>> {
  const page = (check: Check) => async () => {
    const { ok, notes } = check()
    return text(ok ? 200 : 503, [...(ok ? ['ok'] : []), ...notes].join('\n'))
  }
  return { '/healthz': page(checks.healthy), '/readyz': page(checks.ready) }
}

/** /metrics, for Prometheus. */
export function metricsPages(source: MetricsSource): Readonly<Record<string, () => Promise<Page>>> {
  return { '/metrics': async () => ({ status: 200, contentType: source.contentType, body: await source.metrics() }) }
}

function text(status: number, body: string): Page {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${body}\n` }
}

async function listen(server: Server, address: string): Promise<number> {
  const { host, port } = parseAddress(address)
  // Without a host Node listens on `::` with IPv4 mapped into it, and on 0.0.0.0 where the machine has no IPv6.
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve)
  })
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : port
}

/** `:8080`, `127.0.0.1:8080`, `localhost:8080`, `[::1]:8080`. @throws Error for anything else */
export function parseAddress(address: string): { host: string | undefined; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(address)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) throw new Error(`"${address}" is not a listen address: write it as :8080 or 127.0.0.1:8080`)
  return { host: match[1] || match[2] || undefined, port }
}
