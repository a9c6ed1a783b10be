import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump, load } from 'js-yaml'
import { timedProgress } from '../cluster/progress.ts'
import { ensurePrometheus } from '../cluster/prometheus.ts'
import type { Kubernetes } from './kubernetes.ts'
import { servePods } from './pod-discovery.ts'
import { type PodMonitor, scrapeConfigs } from './scrape-config.ts'
import { until } from './until.ts'

/** One series of an answer: its labels, and its value as Prometheus writes it: `NaN` is one, too. */
export interface Answer {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [at: number, value: string]
}

export interface RangeAnswer {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (readonly [at: number, value: string])[]
}

/** A real Prometheus that scrapes the pods of a test cluster as our PodMonitors say. */
export interface Prometheus {
  readonly url: string
  /** `/api/v1/query`, now. @throws when Prometheus doesn't understand the expression, with its words */
  query(expression: string): Promise<readonly Answer[]>
  queryRange(
    expression: string,
    options: { readonly start: number; readonly end: number; readonly step: number },
  ): Promise<readonly RangeAnswer[]>
  /** The values that a label has in the series that are selected: what a variable of a dashboard asks for. */
  labelValues(label: string, selector: string): Promise<readonly string[]>
  stop(): Promise<void>
}

const monitoring = join(import.meta.dirname, '..', '..', 'deploy', 'monitoring')

export function podMonitors(): readonly PodMonitor[] {
  return readdirSync(monitoring)
    .filter((file) => /^pod-monitor.*\.yaml$/.test(file))
    .map((file) => load(readFileSync(join(monitoring, file), 'utf8')) as PodMonitor)
}

/** Listens on loopback; its data are in a folder that is removed when it stops. Its pods must have addresses that this machine reaches. */
export async function startPrometheus(k8s: Kubernetes, interval = '1s'): Promise<Prometheus> {
  const { prometheus } = await ensurePrometheus(timedProgress())
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'))
  const pods = await servePods(k8s)
  const config = {
    global: { evaluation_interval: '15s' },
    rule_files: [join(monitoring, 'rules.yaml')],
    scrape_configs: scrapeConfigs(podMonitors(), { pods: pods.url, interval }),
  }
  writeFileSync(join(folder, 'prometheus.yaml'), dump(config))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(
    prometheus,
    [
      `--config.file=${join(folder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    // One thread is enough, and leaves the others to the cluster.
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, GOMAXPROCS: '1' } },
  )
  let said = ''
  child.stderr.on('data', (data: Buffer) => {
    said = (said + data.toString()).slice(-4000)
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const stop = async () => {
    process.off('exit', kill)
    await end(child)
    pods.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const state = await until('Prometheus is ready', 30, async () => {
      if (child.exitCode !== null) return 'ended'
      return (await fetch(`${url}/-/ready`)).ok ? 'ready' : undefined
    })
    if (state === 'ended') throw new Error(`Prometheus has ended: ${said}`)
  } catch (error) {
    await stop()
    throw error
  }
  return { ...client(url), stop }
}

/** A Prometheus that runs already. */
export function client(url: string): Omit<Prometheus, 'stop'> {
  async function ask(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`, { signal: AbortSignal.timeout(20_000) })
    const { status, data, error } = (await response.json()) as { status: string; data?: unknown; error?: string }
    if (status !== 'success') throw new Error(`Prometheus refuses ${JSON.stringify(parameters)}: ${error}`)
    return data
  }
  return {
    url,
    query: async (expression) => {
      const { resultType, result } = (await ask('query', { query: expression })) as { resultType: string; result: unknown }
      return resultType === 'scalar' ? [{ metric: {}, value: result as Answer['value'] }] : (result as readonly Answer[])
    },
    queryRange: async (expression, { start, end, step }) => {
      const parameters = { query: expression, start: String(start), end: String(end), step: String(step) }
      return ((await ask('query_range', parameters)) as { result: readonly RangeAnswer[] }).result
    },
    labelValues: async (label, selector) => (await ask(`label/${label}/values`, { 'match[]': selector })) as readonly string[],
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.kill('SIGKILL')
  await ended
}
