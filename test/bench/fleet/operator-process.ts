import { spawn } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { until } from '../../cluster/command.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/** One replica of the operator: the bundle of the image as a process, with the environment of the Deployment. */
export interface OperatorProcess {
  readonly name: string
  /** Seconds of CPU since its start. */
  cpuSeconds(): number
  /** MiB: now, and at most until now. */
  residentMiB(): { readonly now: number; readonly peak: number }
  /** A sample of its metrics page: `etcd_operator_leader`, or a name with labels. 0 where there is none. */
  metric(sample: string): Promise<number>
  /** As when its pod is deleted. */
  stop(): Promise<void>
}

export interface OperatorOptions {
  readonly kubeconfig: string
  readonly name: string
  readonly logFile: string
  /** MiB that the heap may have, instead of what the Deployment says. */
  readonly heapMiB?: number | undefined
  /** Flags of Node, such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[]
}

export async function startOperator(options: OperatorOptions): Promise<OperatorProcess> {
  const { kubeconfig, name, logFile, heapMiB, nodeFlags = [] } = options
  const flags = [`--kubeconfig=${kubeconfig}`, `--identity=${name}`, '--leader-elect=true', '--namespace=default']
  const ports = ['--metrics-address=127.0.0.1:0', '--health-address=127.0.0.1:0']
  const heap = heapMiB === undefined ? {} : { NODE_OPTIONS: `--max-old-space-size=${heapMiB}` }
  const child = spawn(process.execPath, [...imageFlags(), ...nodeFlags, join(root, 'dist', 'operator.cjs'), ...flags, ...ports], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...deploymentEnvironment(), ...heap },
  })
  const log = createWriteStream(logFile)
  let text = ''
  let metricsUrl: string | undefined
  const read = (chunk: Buffer) => {
    log.write(chunk)
    if (metricsUrl !== undefined) return
    text += chunk.toString()
    metricsUrl = metricsUrlIn(text)
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const running = () => {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${name} has ended: ${readFileSync(logFile, 'utf8').slice(-800)}`)
    return child.pid
  }
  await until(`${name} serves its metrics`, 30_000, async () => running() && metricsUrl)

  return {
    name,
    cpuSeconds() {
      // The fields after the command's name, which may hold blanks: user and system time are the 14th and 15th of all, in ticks of 10 ms.
      const fields = readFileSync(`/proc/${running()}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      return (Number(fields[11]) + Number(fields[12])) / 100
    },
    residentMiB() {
      const status = readFileSync(`/proc/${running()}/status`, 'utf8')
      const of = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024
      return { now: of('VmRSS'), peak: of('VmHWM') }
    },
    async metric(sample) {
      running()
      const page = await (await fetch(`${metricsUrl}/metrics`)).text()
      const line = page.split('\n').find((one) => one.startsWith(`${sample} `))
      return line === undefined ? 0 : Number(line.slice(sample.length + 1))
    },
    async stop() {
      process.off('exit', kill)
      child.kill('SIGTERM')
      const giveUp = setTimeout(() => child.kill('SIGKILL'), 20_000)
      await ended
      clearTimeout(giveUp)
      log.end()
    },
  }
}

/** The flags of Node that stand in the image's entry point: with them V8 keeps its heap close to what is in use. */
function imageFlags(): readonly string[] {
  const entryPoint = /^ENTRYPOINT (.*)$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'))?.[1] ?? '[]'
  return (JSON.parse(entryPoint) as readonly string[]).filter((word) => word.startsWith('--'))
}

/** What deploy/base/deployment.yaml sets for the container, as far as it isn't the pod's own name. */
function deploymentEnvironment(): Record<string, string> {
  const deployment = load(readFileSync(join(root, 'deploy', 'base', 'deployment.yaml'), 'utf8')) as {
    spec: { template: { spec: { containers: readonly { env: readonly { name: string; value?: string }[] }[] } } }
  }
  const env = deployment.spec.template.spec.containers[0]?.env ?? []
  return Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])))
}

/** Each server says where it listens and what it serves. */
function metricsUrlIn(log: string): string | undefined {
  const line = log.split('\n').find((one) => one.includes('"listening"') && one.includes('"/metrics"') && one.endsWith('}'))
  return line === undefined ? undefined : `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}`
}
