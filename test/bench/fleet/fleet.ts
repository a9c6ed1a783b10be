import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { ETCD_CLUSTER } from '../../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../../src/adapters/kube/object.ts'
import { connectKube, type Kube } from '../../../src/adapters/kube.ts'
import { until } from '../../cluster/command.ts'
import { NAMESPACE } from '../../cluster/kinds.ts'
import type { Progress } from '../../cluster/progress.ts'
import { type ApiServer, startApiServer } from '../../integration/api-server.ts'
import { copyPattern, readPattern } from './copies.ts'
import { chooseNet, clusterName, fleetNamespace } from './names.ts'
import { type OperatorOptions, type OperatorProcess, startOperator } from './operator-process.ts'
import { type StandIn, startStandIn } from './stand-in.ts'

/** A real API server, the stand-ins for kubelets and etcd, and a number of formed clusters of three. */
export interface Fleet {
  readonly server: ApiServer
  readonly kube: Kube
  readonly standIn: StandIn
  /** The names of its clusters. */
  readonly names: readonly string[]
  startOperator(name: string, options?: Pick<OperatorOptions, 'heapMiB' | 'nodeFlags'>): Promise<OperatorProcess>
  /** Creates EtcdClusters; the operator and the stand-ins do the rest. */
  create(names: readonly string[], namespace?: string): Promise<void>
  /** Ends when each of these is Ready, in whatever namespace. */
  untilReady(names: readonly string[], seconds: number): Promise<void>
  cleanUp(): Promise<void>
}

/** What the operator forms itself, before the others are copied from one of them. */
const formed = 5
const copiesAtOnce = 8

/** `mode`: how the clusters speak TLS. Only those in plain text can be copied; of others the operator forms each. */
export interface FleetOptions {
  readonly mode?: 'Off' | 'Required'
  /** How many clusters there will be at most, when some are to be made later. */
  readonly room?: number
}

export async function openFleet(count: number, progress: Progress, { mode = 'Off', room = count }: FleetOptions = {}): Promise<Fleet> {
  const signal = new AbortController().signal
  const logs = mkdtempSync(join(tmpdir(), 'fleet-'))
  chooseNet(Math.max(room, formed) + 20)
  const server = await startApiServer()
  const kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'fleet', callsPerSecond: 10_000, burst: 10_000 })
  const operators: OperatorProcess[] = []
  let standIn: StandIn | undefined

  async function cleanUp(): Promise<void> {
    await Promise.all(operators.map((operator) => operator.stop()))
    await standIn?.end()
    await kube.close()
    await server.cleanUp()
    rmSync(logs, { recursive: true, force: true })
  }
  const fleet = {
    server,
    kube,
    names: Array.from({ length: count }, (_, index) => clusterName(index)),
    async startOperator(name: string, more: Pick<OperatorOptions, 'heapMiB' | 'nodeFlags'> = {}) {
      const started = await startOperator({ kubeconfig: server.kubeconfig('audited'), name, logFile: join(logs, `${name}.log`), ...more })
      operators.push(started)
      return started
    },
    async create(names: readonly string[], namespace = fleetNamespace) {
      await Promise.all(names.map((name) => kube.create(ETCD_CLUSTER, aCluster(namespace, name, mode), signal)))
    },
    async untilReady(names: readonly string[], seconds: number) {
      await until(
        `${names.length} clusters are Ready`,
        seconds * 1000,
        async () => {
          const { items } = await kube.list(ETCD_CLUSTER, {}, signal)
          const ready = new Set(items.filter(isReady).map(({ metadata }) => metadata.name))
          return names.every((name) => ready.has(name)) ? true : undefined
        },
        500,
      )
    },
    cleanUp,
  }
  try {
    await installKinds(kube, signal)
    await kube.create(NAMESPACE, { metadata: { name: fleetNamespace } }, signal)
    const started = await startStandIn(server.kubeconfig('admin'))
    standIn = started
    const whole = mode === 'Off' ? fleet.names.slice(0, formed) : fleet.names
    const operator = await fleet.startOperator('first')
    await fleet.create(whole)
    await fleet.untilReady(whole, 60 + whole.length)
    await operator.stop()
    operators.length = 0
    progress(`${whole.length} clusters were formed; ${count - whole.length} are copied`)
    const pattern = await readPattern(kube, whole[0] ?? '', signal)
    const rest = fleet.names.slice(whole.length)[Symbol.iterator]()
    const copyAll = async () => {
      for (const name of rest) await started.adopt([await copyPattern(kube, pattern, name, signal)])
    }
    await Promise.all(Array.from({ length: copiesAtOnce }, copyAll))
    progress(`the fleet has ${count} clusters`)
    return { ...fleet, standIn: started }
  } catch (error) {
    await cleanUp()
    throw error
  }
}

const CUSTOM_RESOURCE_DEFINITION: ResourceKind<KubeObject> = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  clusterScoped: true,
}

/** Until the server serves them. */
async function installKinds(kube: Kube, signal: AbortSignal): Promise<void> {
  const definitions = loadAll(readFileSync(join(import.meta.dirname, '..', '..', '..', 'deploy', 'crds.yaml'), 'utf8')) as KubeObject[]
  await Promise.all(definitions.map((definition) => kube.apply(CUSTOM_RESOURCE_DEFINITION, definition, signal)))
  await until('the kinds are served', 30_000, async () => {
    const { items } = await kube.list(CUSTOM_RESOURCE_DEFINITION, {}, signal)
    return items.every((item) => isEstablished(item)) ? true : undefined
  })
}

function isEstablished(object: KubeObject): boolean {
  const { status } = object as { status?: { conditions?: readonly { type: string; status: string }[] } }
  return status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') ?? false
}

function isReady(cluster: { status?: { conditions?: readonly { type: string; status: string }[] } }): boolean {
  return cluster.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}

function aCluster(namespace: string, name: string, mode: string) {
  return { metadata: { namespace, name }, spec: { size: 3, version: '3.6.16', storage: { size: '1Gi' }, tls: { mode } } } as never
}
