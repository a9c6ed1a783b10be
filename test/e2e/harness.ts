import { afterAll, beforeAll, type TestContext, test } from 'vitest'
import { messageOf } from '../../src/model/message-of.ts'
import { startWriter, type WriterOptions, type WriterPod } from '../client/writer-pod.ts'
import { NAMESPACE } from '../cluster/kinds.ts'
import { recallCluster } from '../cluster/memory.ts'
import { type ClusterHandle, clusterHandle } from './cluster-handle.ts'
import { diagnose } from './diagnosis.ts'
import { type Kubernetes, openKubernetes } from './kubernetes.ts'
import { testLabel } from './label.ts'
import { NotInTime } from './until.ts'

/** What a scenario plays on: a namespace of its own, with Pod Security `restricted` enforced. */
export interface Stage {
  readonly k8s: Kubernetes
  readonly namespace: string
  cluster(name?: string): ClusterHandle
  writer(options?: Omit<WriterOptions, 'namespace' | 'cluster'> & { readonly cluster?: string }): Promise<WriterPod>
  /** kubectl in this namespace. */
  kubectl(args: readonly string[], input?: string): Promise<string>
}

export interface ScenarioOptions {
  readonly seconds?: number
  /**
   * Touches what all scenarios share (the operator, nodes, DNS), or counts failed writes, which an election on a busy machine costs, too:
   * no other scenario runs meanwhile.
   */
  readonly alone?: boolean
  /** Only waits, for minutes: it takes none of the places of those that run beside each other. */
  readonly idle?: boolean
  readonly skip?: boolean
}

/** Also the whole range of sizes and versions: minutes more. */
export const isLong = process.env.TEST_LONG !== undefined

let connected: Kubernetes | undefined
beforeAll(() => {
  const info = recallCluster()
  if (info === undefined) throw new Error('there is no test cluster with an operator: npm run test:e2e makes one')
  connected = openKubernetes(info)
})
afterAll(() => connected?.close())

/** The test cluster; to be asked inside a test. */
export function testCluster(): Kubernetes {
  if (connected === undefined) throw new Error('no test runs')
  return connected
}

/**
 * A story about one namespace. When it fails, its error ends with what a person would look at first.
 *
 * What was not reached in time is tried once more, in another namespace, and that is told at the end of the tests: a machine that does
 * something else for a minute is no defect. Whatever a scenario compares or counts, a lost write above all, fails at once.
 */
export function scenario(title: string, options: ScenarioOptions, story: (stage: Stage) => Promise<void>): void {
  if (collected === undefined) register({ title, options, story })
  else collected.list.push({ title: `${collected.file}: ${title}`, options, story })
}

interface Scenario {
  readonly title: string
  readonly options: ScenarioOptions
  readonly story: (stage: Stage) => Promise<void>
}

let collected: { file: string; readonly list: Scenario[] } | undefined

/**
 * The scenarios of several files as if they were of one: first all that may run beside each other, the longest before the others, so that
 * none is left over at the end; then each that runs alone.
 */
export async function together(files: readonly { readonly name: string; load(): Promise<unknown> }[]): Promise<void> {
  const all: Scenario[] = []
  collected = { file: '', list: all }
  for (const { name, load } of files) {
    collected.file = name
    await load()
  }
  collected = undefined
  const alone = all.filter(({ options }) => options.alone)
  const others = all.filter(({ options }) => !options.alone)
  for (const one of others.toSorted((a, b) => (b.options.seconds ?? 0) - (a.options.seconds ?? 0))) register(one)
  for (const one of alone) register(one)
}

function register({ title, options, story }: Scenario): void {
  const { seconds = 120, alone = false, idle = false, skip = false } = options
  // Until there is a place, and two tries, each with its diagnosis.
  const timeout = (300 + 2 * (seconds + 60)) * 1000
  const hasPlace = alone || idle
  test(title, { timeout, concurrent: !alone, skip }, async ({ signal, task }: TestContext) => {
    const play = () => (hasPlace ? playOnce(seconds, story, signal) : inItsPlace(() => playOnce(seconds, story, signal), signal))
    await play().catch(async (error: unknown) => {
      if (!(error instanceof Error && error.cause instanceof NotInTime)) throw error
      Object.assign(task.meta, { secondTryAfter: error.message })
      await play()
    })
  })
}

/** How many run beside each other: each keeps a third of a core busy, and waits most of its time. */
let places = 3
const queue: (() => void)[] = []

async function inItsPlace(play: () => Promise<void>, signal: AbortSignal): Promise<void> {
  if (places > 0) places -= 1
  else await new Promise<void>((resolve) => queue.push(resolve))
  try {
    signal.throwIfAborted()
    await play()
  } finally {
    const next = queue.shift()
    if (next === undefined) places += 1
    else next()
  }
}

async function playOnce(seconds: number, story: (stage: Stage) => Promise<void>, signal: AbortSignal): Promise<void> {
  const k8s = testCluster()
  const namespace = await newNamespace(k8s)
  try {
    await Promise.race([story(stageIn(k8s, namespace)), ended(signal, seconds + 30)])
  } catch (error) {
    throw new Error(`${messageOf(error)}\n${await diagnose(k8s, namespace)}`, { cause: error })
  } finally {
    if (process.env.KEEP_NAMESPACES === undefined) await k8s.kubectl(['delete', 'namespace', namespace, '--wait=false']).catch(() => '')
  }
}

function stageIn(k8s: Kubernetes, namespace: string): Stage {
  return {
    k8s,
    namespace,
    cluster: (name = 'demo') => clusterHandle(k8s, namespace, name),
    writer: ({ cluster = 'demo', ...options } = {}) => startWriter(k8s, { namespace, cluster, ...options }),
    kubectl: (args, input) => k8s.kubectl(['--namespace', namespace, ...args], input),
  }
}

async function newNamespace(k8s: Kubernetes): Promise<string> {
  const labels = { [testLabel]: 'e2e', 'pod-security.kubernetes.io/enforce': 'restricted' }
  const made = await k8s.kube.create(NAMESPACE, { metadata: { generateName: 'e2e-', labels } }, AbortSignal.timeout(20_000))
  return made.metadata.name
}

/** Rejects when the scenario's time is over, or vitest's own, so that the diagnosis is printed then too. */
function ended(signal: AbortSignal, seconds: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  setTimeout(() => reject(new NotInTime(`the scenario has not ended within ${seconds} s`)), seconds * 1000).unref()
  return promise
}
