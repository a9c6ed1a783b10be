import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { version } from '../../../src/version.ts'
import { kubeconfigFor } from '../adapters/kube-server.ts'

const program = join(import.meta.dirname, '../../../src/bin/operator.ts')

/** The operator as a process of its own, with an API server that answers as the test says. */
async function anOperator(answer: (path: string, response: ServerResponse) => void, ...args: string[]) {
  const server = createServer((request, response) => answer(request.url ?? '', response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const dir = mkdtempSync(join(tmpdir(), 'operator-'))
  writeFileSync(join(dir, 'kubeconfig'), kubeconfigFor(`http://127.0.0.1:${port}`))
  const flags = ['--leader-elect=false', '--health-address=127.0.0.1:0', '--metrics-address=127.0.0.1:0', `--kubeconfig=${dir}/kubeconfig`]
  const child = spawn(process.execPath, [program, ...flags, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: Record<string, unknown>[] = []
  let rest = ''
  child.stdout.on('data', (chunk) => {
    const parts = (rest + String(chunk)).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts.map((line) => JSON.parse(line)))
  })
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exit
    server.closeAllConnections()
    server.close()
    rmSync(dir, { recursive: true })
  })
  const page = async (path: string, kind: '/readyz' | '/metrics' = '/readyz') => {
    const listening = lines.find(({ msg, paths }) => msg === 'listening' && Array.isArray(paths) && paths.includes(kind))
    if (listening === undefined) return undefined
    const reply = await fetch(`http://127.0.0.1:${listening.port}${path}`)
    return { status: reply.status, text: await reply.text() }
  }
  return { child, lines, exit, page }
}

const says = (child: { lines: readonly Record<string, unknown>[] }, message: string) =>
  expect.poll(() => child.lines.map(({ msg }) => msg), { interval: 20 }).toContain(message)

test('starts for the namespaces that it may read, says which one it may not, and shows it as a metric', async () => {
  const operator = await anOperator((path, response) => {
    if (path.includes('/namespaces/team-b/')) refuse(response)
    else if (path.includes('watch=true')) response.writeHead(200).flushHeaders()
    else response.end(JSON.stringify({ kind: 'List', metadata: { resourceVersion: '7' }, items: [] }))
  }, '--watch-namespaces=team-a,team-b')
  await expect.poll(async () => (await operator.page('/readyz'))?.status, { interval: 50 }).toBe(200)
  expect((await operator.page('/readyz'))?.text).toMatch(
    /^ok\nnamespace team-b: not looked after, because reading it was refused: GET \S+: \w+ is forbidden: User "me" cannot list/,
  )
  const metrics = (await operator.page('/metrics', '/metrics'))?.text
  expect(metrics).toContain('etcd_operator_watched_namespace{watched="team-a"} 1')
  expect(metrics).toContain('etcd_operator_watched_namespace{watched="team-b"} 0')
  await stopped(operator)
})

test('ends on SIGTERM although the API server never answers', async () => {
  const operator = await anOperator(() => {})
  await says(operator, 'starting')
  expect(operator.lines[0]).toMatchObject({ msg: 'starting', version })
  expect((await operator.page('/readyz').catch(() => undefined))?.status ?? 503).toBe(503)
  await stopped(operator)
})

async function stopped({ child, exit }: { child: ChildProcess; exit: Promise<number | null> }): Promise<void> {
  child.kill('SIGTERM')
  expect(await exit).toBe(0)
}

function refuse(response: ServerResponse): void {
  const message = 'pods is forbidden: User "me" cannot list resource "pods" in API group "" in the namespace "team-b"'
  response.writeHead(403).end(JSON.stringify({ kind: 'Status', reason: 'Forbidden', code: 403, message }))
}
