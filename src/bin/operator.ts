import { connectEtcd } from '../adapters/etcd.ts'
import { leaseClient } from '../adapters/kube/lease-client.ts'
import { connectKube } from '../adapters/kube.ts'
import { type Config, createLogger, readConfig } from '../config.ts'
import type { Tools } from '../controllers/tools.ts'
import { controllers } from '../controllers.ts'
import { helpText, readCommandLine } from '../flags.ts'
import { agentImageReader } from '../observe/jobs/image.ts'
import { startCaches } from '../observe/watches/caches.ts'
import { createMetrics } from '../report/metrics.ts'
import { systemClock as clock } from '../runtime/clock.ts'
import { type ControllerLoop, startControllerLoop } from '../runtime/controller-loop.ts'
import { healthPages, metricsPages, startHttpServer } from '../runtime/http-server.ts'
import { startLeaderElection } from '../runtime/leader-election.ts'
import { WorkQueue } from '../runtime/work-queue.ts'
import { version } from '../version.ts'

/** Time that running passes get to end after SIGTERM. */
const drainMs = 10_000
/** Between two looks for connections that nobody needs. */
const forgetMs = 15_000

main(configOrExit()).catch((error: unknown) => exitWith(error))

/** Wiring: config -> adapters -> caches -> leadership -> the controllers. SIGTERM drains and gives the Lease back. */
async function main(config: Config): Promise<void> {
  const log = createLogger(config)
  const stopping = new AbortController()
  const live = connectKube({ kubeconfig: config.kubeconfig, env: process.env, userAgent: 'etcd-operator', callsPerSecond: 200, burst: 400 })
  const etcd = connectEtcd()
  const metrics = createMetrics(version)
  const queued = controllers.map((controller) => ({ ...controller, queue: new WorkQueue({ clock }) }))
  const caches = startCaches(
    {
      kube: live,
      namespaces: config.watchNamespaces,
      wake: ({ controller, key }) => queued.find(({ name }) => name === controller)?.queue.add(key),
      clock,
      log,
    },
    stopping.signal,
  )

  let loops: readonly ControllerLoop[] = []
  // An answer is all that /healthz says: a process that hangs gives none, and watches mend themselves while the API server is away.
  const servers = [
    await startHttpServer(
      config.healthAddress,
      healthPages({ healthy: () => undefined, ready: () => (isSynced ? undefined : 'the caches are not filled yet') }),
      log,
    ),
    await startHttpServer(config.metricsAddress, metricsPages(metrics.registry), log),
  ]
  let isSynced = false
  log.info({ version, identity: config.identity, namespaces: config.watchNamespaces }, 'starting')
  await caches.synced
  isSynced = true

  const start = () => {
    metrics.leading(true)
    const tools: Tools = {
      live,
      kube: caches.kube,
      caches,
      etcd,
      etcdImageRepository: config.etcdImageRepository,
      agentImage: agentImageReader(live, { namespace: config.namespace, pod: config.identity }),
      identity: config.identity,
      namespace: config.namespace,
      metrics,
      clock,
      log,
    }
    loops = queued.map(({ name, create, workers, queue }) =>
      startControllerLoop({
        name,
        queue,
        pass: create(tools).pass,
        workers,
        onPass: ({ durationMs, error }) => metrics.passed(name, durationMs, error !== undefined),
        clock,
        log,
      }),
    )
  }
  // A connection to a pod that is gone would be dialled for ever.
  setInterval(() => etcd.forget(caches.endpoints()), forgetMs).unref()
  const election = config.leaderElect
    ? startLeaderElection({
        client: leaseClient(live, { namespace: config.namespace, name: config.leaseName }),
        identity: config.identity,
        lookMs: 2000,
        onElected: start,
        onLost: (why) => exitWith(new Error(`the Lease was lost: ${why}`)),
        clock,
        log,
      })
    : undefined
  if (election === undefined) start()

  const stop = async (signal: string) => {
    log.info({ signal }, 'stopping')
    await Promise.all(loops.map((loop) => loop.stop(drainMs)))
    await election?.release()
    stopping.abort(new Error('stopping'))
    etcd.close()
    await Promise.all(servers.map((server) => server.close()))
    await live.close()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop(signal).catch(exitWith))
}

function configOrExit(): Config {
  try {
    const commandLine = readCommandLine(process.argv.slice(2))
    if ('given' in commandLine) return readConfig(commandLine.given, process.env)
    console.log(commandLine.print === 'help' ? helpText() : version)
    return process.exit(0)
  } catch (error) {
    return exitWith(error)
  }
}

function exitWith(error: unknown): never {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
