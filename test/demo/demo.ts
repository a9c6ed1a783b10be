import { parseArgs } from 'node:util'
import { NAMESPACE } from '../../src/adapters/kube/kinds.ts'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import type { Report } from '../client/writer.ts'
import { startWriter, type WriterPod } from '../client/writer-pod.ts'
import { type ClusterInfo, destroyCluster } from '../cluster/cluster.ts'
import { tryRun } from '../cluster/command.ts'
import { recallCluster } from '../cluster/memory.ts'
import { type ClusterHandle, clusterHandle, etcdVersion } from '../e2e/cluster-handle.ts'
import { uninstallOperator } from '../e2e/install.ts'
import { type Kubernetes, openKubernetes } from '../e2e/kubernetes.ts'
import { type PrepareOptions, prepare, prepareFlags, prepareOptions } from '../e2e/prepare.ts'
import { until } from '../e2e/until.ts'
import { boardOf, seconds } from './board.ts'
import { followCluster } from './follow.ts'
import { type Chapter, complaints, resultTable } from './result.ts'
import { openScreen, paint } from './screen.ts'
import { whatHappened } from './story.ts'

/**
 * `npm run demo`: a cluster, the operator on it, and then an etcd that grows from three members to five and shrinks to three
 * again, while a client writes all the time. Nothing is left out and nothing is staged: the lines are the operator's own.
 */
const namespace = 'demo'
const name = 'demo'
const manifest = `apiVersion: etcd-operator.dev/v1alpha1
kind: EtcdCluster
metadata:
  name: ${name}
spec:
  size: 3
  version: ${etcdVersion}
  storage:
    size: 1Gi
`
/** The client goes on for so long between the steps, so that quiet times are seen as well. */
const restMs = 3_000

const screen = openScreen(process.stdout)
const startMs = performance.now()

await main().catch((error: unknown) => {
  screen.line(paint.bad(`error: ${error instanceof Error ? error.message : String(error)}`))
  process.exitCode = 1
})

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      down: { type: 'boolean', default: false },
      ...prepareFlags,
    },
  })
  const options: PrepareOptions = { progress: say, ...prepareOptions(values) }
  if (values.down) return removeAll(options)

  heading('Setting up: a Kubernetes cluster, the operator’s image, the operator')
  const info = await prepare(options)
  const setUp: Chapter = { title: 'set-up', ms: performance.now() - startMs, phase: '' }
  const k8s = openKubernetes(info)
  try {
    await freshNamespace(k8s)
    const { chapters, report } = await play(k8s, values.image)
    tellResult(info, [setUp, ...chapters], report)
  } finally {
    await k8s.close()
  }
}

/** The three chapters, watched live. */
async function play(k8s: Kubernetes, image: string | undefined): Promise<{ chapters: readonly Chapter[]; report: Report }> {
  const stopping = new AbortController()
  const demo = clusterHandle(k8s, namespace, name)
  const stage = watchStage(k8s, stopping.signal)
  try {
    const chapters: Chapter[] = []
    heading('Three members, from this manifest')
    for (const line of manifest.trimEnd().split('\n')) screen.line(`    ${paint.dim(line)}`)
    chapters.push(
      await stage.chapter('three members', 'start', demo, async () => {
        await k8s.kubectl(['apply', '--namespace', namespace, '--filename', '-'], manifest)
        stage.client = await startWriter(k8s, { namespace, cluster: name, ...(image === undefined ? {} : { image }) })
      }),
    )
    await until('the client writes', 30, async () => ((stage.report?.acknowledged ?? 0) > 0 ? true : undefined))
    for (const { size, title } of [
      { size: 5, title: 'three to five' },
      { size: 3, title: 'five to three' },
    ]) {
      await stage.rest()
      heading(`kubectl scale etcdcluster/${name} --replicas=${size}`)
      chapters.push(
        await stage.chapter(title, title, demo, async () => {
          await stage.client?.phase(title)
          await k8s.kubectl(['scale', '--namespace', namespace, `etcdcluster/${name}`, `--replicas=${size}`])
        }),
      )
    }
    await stage.client?.phase('after')
    await stage.rest()
    heading('Reading everything back')
    const report = await (stage.client as WriterPod).verify()
    return { chapters, report }
  } finally {
    stopping.abort()
    screen.board([])
    screen.end()
  }
}

/** What is seen while a chapter runs, drawn several times a second. */
function watchStage(k8s: Kubernetes, signal: AbortSignal) {
  let cluster: EtcdCluster | undefined
  let title = ''
  let beganMs = performance.now()
  const stage = {
    client: undefined as WriterPod | undefined,
    report: undefined as Report | undefined,
    /** Begins something and ends when the cluster is Ready for it. */
    async chapter(newTitle: string, phase: string, demo: ClusterHandle, begin: () => Promise<void>): Promise<Chapter> {
      title = newTitle
      beganMs = performance.now()
      await begin()
      await demo.untilReady(180)
      const ms = performance.now() - beganMs
      say(paint.good(`${newTitle}: ready after ${seconds(ms)}`))
      return { title: newTitle, ms, phase }
    },
    async rest(): Promise<void> {
      title = 'client writes on'
      beganMs = performance.now()
      await new Promise((resolve) => setTimeout(resolve, restMs))
    },
  }

  const draw = () => screen.board(boardOf({ title, elapsedMs: performance.now() - beganMs, cluster, report: stage.report }))
  const follow = async () => {
    for await (const now of followCluster(k8s, namespace, name, signal)) {
      for (const line of whatHappened(cluster, now)) say(line)
      cluster = now
      draw()
    }
  }
  const listen = async () => {
    while (!signal.aborted) {
      stage.report = await stage.client?.report().catch(() => stage.report)
      draw()
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  for (const watching of [follow, listen]) {
    void watching().catch((error: unknown) => {
      if (!signal.aborted) say(paint.bad(`no longer seen: ${error instanceof Error ? error.message : String(error)}`))
    })
  }
  return stage
}

/** What an earlier demo left is removed first. The namespace itself stays: Kubernetes takes half a minute to delete one. */
async function freshNamespace(k8s: Kubernetes): Promise<void> {
  const old = await k8s.kubectl(['get', 'namespace', namespace, '--ignore-not-found', '--output=name'])
  if (old !== '') {
    say('removing what an earlier demo left')
    const kinds = 'etcdclusters,pods,persistentvolumeclaims,configmaps'
    await k8s.kubectl(['delete', kinds, '--all', '--namespace', namespace, '--timeout=60s', '--request-timeout=0'])
    return
  }
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await k8s.kube.create(NAMESPACE, { metadata: { name: namespace, labels } }, AbortSignal.timeout(10_000))
}

async function removeAll(options: PrepareOptions): Promise<void> {
  const info = recallCluster()
  if (info?.provider === 'existing') {
    const k8s = openKubernetes(info)
    await k8s.kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=60s', '--request-timeout=0'])
    await uninstallOperator(k8s)
    await k8s.close()
    return say('the demo and the operator are removed')
  }
  await destroyCluster(options)
  say('everything is removed but the caches')
}

function tellResult(info: ClusterInfo, chapters: readonly Chapter[], report: Report): void {
  screen.line('')
  for (const line of resultTable(chapters, report)) screen.line(line)
  screen.line('')
  const wrong = complaints(report)
  for (const line of wrong) screen.line(paint.bad(`  ${line}`))
  if (wrong.length > 0) process.exitCode = 1
  void tellCommands(info)
}

async function tellCommands(info: ClusterInfo): Promise<void> {
  const kubectl = (await tryRun('kubectl', ['version', '--client'])) === undefined ? info.kubectl : 'kubectl'
  screen.line(paint.dim('  Look around:'))
  for (const line of [
    `export KUBECONFIG=${info.kubeconfig}`,
    `${kubectl} --namespace ${namespace} get etcdclusters`,
    `${kubectl} --namespace ${namespace} describe etcdcluster ${name}`,
    `${kubectl} --namespace ${namespace} exec ${name}-0 -- etcdctl member list --write-out=table`,
    `${kubectl} --namespace ${namespace} scale etcdcluster/${name} --replicas=1`,
    'npm run demo -- --down     # removes everything',
  ]) {
    screen.line(`    ${line}`)
  }
}

function heading(text: string): void {
  screen.line('')
  screen.line(paint.bold(`▸ ${text}`))
}

function say(text: string): void {
  screen.line(`${paint.dim(`[${((performance.now() - startMs) / 1000).toFixed(1).padStart(6)} s]`)} ${text}`)
}
