import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { chooseAccess } from '../../../src/adapters/kube/choose-access.ts'
import { connectKube, type KubeOptions } from '../../../src/adapters/kube.ts'

export interface Received {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

export type Handler = (request: Received, response: ServerResponse) => void

/** A server on loopback that answers as the test says, and a client of it. Both end with the test. */
export async function aServer(handler: Handler, options: Partial<KubeOptions> = {}) {
  const requests: Received[] = []
  let connections = 0
  const server = createServer((incoming, response) => {
    let text = ''
    incoming.on('data', (chunk) => {
      text += chunk
    })
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '/', 'http://server')
      const request: Received = {
        method: incoming.method ?? '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: incoming.headers,
        body: text === '' ? undefined : JSON.parse(text),
      }
      requests.push(request)
      handler(request, response)
    })
  })
  server.on('connection', () => {
    connections++
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const dir = mkdtempSync(join(tmpdir(), 'kube-server-'))
  const kubeconfig = join(dir, 'kubeconfig')
  writeFileSync(kubeconfig, kubeconfigFor(`http://127.0.0.1:${address.port}`))
  // Reading a kubeconfig for the first time loads the modules for it, which the deadline of a first call would bound as well.
  await chooseAccess(kubeconfig)()
  const kube = connectKube({ kubeconfig, userAgent: 'test-agent', ...options })
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await kube.close()
    rmSync(dir, { recursive: true })
  })
  return { kube, requests, kubeconfig, connections: () => connections, signal: new AbortController().signal }
}

export function kubeconfigFor(server: string, user: object = { token: 'secret-token' }): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  })
}

export function answer(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** What the API server says when it refuses. */
export function refuse(
  response: ServerResponse,
  code: number,
  reason: string,
  message: string,
  more: { details?: object; headers?: Record<string, string> } = {},
): void {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code, details: more.details }
  answer(response, status, code, more.headers)
}

export function aPod(name: string, more: object = {}): { kind: string; apiVersion: string; metadata: object } {
  const metadata = {
    name,
    namespace: 'ns',
    uid: `uid-of-${name}`,
    resourceVersion: '7',
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...more,
  }
  return { kind: 'Pod', apiVersion: 'v1', metadata }
}
