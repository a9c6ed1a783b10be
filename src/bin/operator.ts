import { credentialStore } from '../adapters/etcd/credentials.ts'
import { connectEtcd } from '../adapters/etcd.ts'
import { isFailure } from '../adapters/failure.ts'
import { leaseClient } from '../adapters/kube/lease-client.ts'
import { connectKube } from '../adapters/kube.ts'
import { type Config, createLogger, readConfig } from '../config.ts'
import type { Tools } from '../controllers/tools.ts'
import { controllers } from '../controllers.ts'
import { helpText, readCommandLine } from '../flags.ts'
import { credentialNamesOf } from '../model/names.ts'
import { MemberPages } from '../observe/cluster/member-pages.ts'
import { SilentMembers } from '../observe/cluster/silent-members.ts'
import { agentImageReader } from '../observe/jobs/image.ts'
import { startCaches } from '../observe/watches/caches.ts'
import { readinessOf } from '../observe/watches/readiness.ts'
import { createMetrics } from '../report/metrics/metrics.ts'
import { systemClock as clock } from '../runtime/clock.ts'
import { type ControllerLoop, startControllerLoop } from '../runtime/controller-loop.ts'
import { healthPages, metricsPages, startHttpServer } from '../runtime/http-server.ts'
import { type LeaderElection, startLeaderElection } from '../runtime/leader-election.ts'
import { WorkQueue } from '../runtime/work-queue.ts'
import { version } from '../version.ts'

/** How long the operator waits for running passes after SIGTERM. */
const drainMs = 10_000
/** How often unused connections to members are closed. */
const forgetMs = 15_000

main(configOrExit()).catch((error: unknown) => exitWith(error))

/** Wiring: config -> adapters -> caches -> leadership -> the controllers. SIGTERM drains and gives the Lease back. */
async function main(config: Config): Promise<void> {
  const log = createLogger(config)
  const stopping = new AbortController()
  const metrics = createMetrics(version)
  const live = connectKube({
    kubeconfig: config.kubeconfig,
    env: process.env,
    userAgent: 'etcd-operator',
    callsPerSecond: 200,
    burst: 400,
    onRequest: ({ verb, resource }, status) => metrics.requested(verb, resource, status),
  })
  let loops: readonly ControllerLoop[] = []
  let election: LeaderElection | undefined
  let isStopping = false

  const stop = async (signal: string) => {
    isStopping = true
    log.info({ signal }, 'stopping')
    await Promise.all(loops.map((loop) => loop.stop(drainMs)))
    await election?.release()
    stopping.abort(new Error('stopping'))
    // No pass waits for its Events: the last ones are sent before the connections are closed.
    await live.close()
    process.exit(0)
  }
  // Before anything else: the first process of a container ignores signals without a handler.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop(signal).catch(exitWith))

  const credentials = credentialStore()
  const etcd = connectEtcd(credentials)
  log.info({ version, identity: config.identity, namespaces: config.watchNamespaces }, 'starting')
  const caches = startCaches({ kube: live, namespaces: config.watchNamespaces, clock, log }, stopping.signal)
  metrics.scopesFrom(caches.scopes)
  // /healthz always answers ok: a process that hangs doesn't answer, and a restart doesn't help while the API server can't be reached.
  await startHttpServer(
    config.healthAddress,
    healthPages({ healthy: () => ({ ok: true, notes: [] }), ready: () => readinessOf(caches.scopes()) }),
    log,
  )
  await startHttpServer(config.metricsAddress, metricsPages(metrics.registry), log)
  await caches.ready
  if (isStopping) return

  const start = () => {
    metrics.leading(true)
    const queues = new Map(controllers.map(({ name }) => [name, new WorkQueue({ clock })]))
    metrics.queuesFrom(() => queues)
    const tools: Tools = {
      live,
      kube: caches.kube,
      caches,
      wakeCluster: (key) => queues.get('cluster')?.add(key),
      etcd,
      credentials,
      silent: new SilentMembers(clock),
      pages: new MemberPages((page) => etcd.latencies(page), clock),
      etcdImageRepository: config.etcdImageRepository,
      agentImage: agentImageReader(live, { namespace: config.namespace, pod: config.identity }),
      identity: config.identity,
      namespace: config.namespace,
      metrics,
      clock,
      log,
    }
    loops = controllers.map(({ name, create, workers }) => {
      const queue = queues.get(name) ?? new WorkQueue({ clock })
      const { pass } = create(tools)
      return startControllerLoop({
        name,
        queue,
        // A namespace that the operator may not read any more is skipped; once it can be read again, all its objects get a pass.
        pass: async (key, signal) => (caches.knows(key.split('/')[0] ?? '') ? pass(key, signal) : { next: 'never' }),
        workers,
        onPass: ({ durationMs, error }) =>
          metrics.passed(name, durationMs, error === undefined ? undefined : isFailure(error) ? error.kind : 'other'),
        clock,
        log,
      })
    })
    // Watches wake the queues only from now on: a standby would queue keys for objects that have changed long since.
    caches.follow(({ controller, key }) => queues.get(controller)?.add(key))
  }
  // Otherwise the connection to a deleted pod would be dialled for ever.
  const forget = () => {
    etcd.forget(caches.endpoints())
    credentials.keepOnly(new Set(caches.clusters.all().flatMap(credentialNamesOf)))
  }
  setInterval(forget, forgetMs).unref()
  if (!config.leaderElect) return start()
  election = startLeaderElection({
    client: leaseClient(live, { namespace: config.namespace, name: config.leaseName }),
    identity: config.identity,
    lookMs: 2000,
    onElected: start,
    onLost: (why) => exitWith(new Error(`the Lease was lost: ${why}`)),
    onSetBack: () => caches.relist('the Lease has an older version than before: the API server was set back'),
    clock,
    log,
  })
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
