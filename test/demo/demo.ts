import { parseArgs } from 'node:util'
import type { Report } from '../client/writer.ts'
import { startWriter, type WriterPod } from '../client/writer-pod.ts'
import { type ClusterInfo, destroyCluster } from '../cluster/cluster.ts'
import { tryRun } from '../cluster/command.ts'
import { NAMESPACE } from '../cluster/kinds.ts'
import { recallCluster } from '../cluster/memory.ts'
import { elapsedMs } from '../cluster/progress.ts'
import { endWith } from '../cluster/set-up-failed.ts'
import { clusterHandle, etcdVersion } from '../e2e/cluster-handle.ts'
import { uninstallOperator } from '../e2e/install.ts'
import { type Kubernetes, openKubernetes } from '../e2e/kubernetes.ts'
import { type PrepareOptions, prepare, prepareFlags, prepareOptions } from '../e2e/prepare.ts'
import { until } from '../e2e/until.ts'
import { backUp, deleteAndRestore } from './backups.ts'
import { manifest, name, namespace } from './manifests.ts'
import { openNarrator } from './narrator.ts'
import { type Chapter, complaints, type Restored, resultTable } from './result.ts'
import { paint } from './screen.ts'
import { watchStage } from './stage.ts'

/**
 * `npm run demo`: a cluster, the operator on it, and then an etcd that grows from three members to five and shrinks to three
 * again, while a client writes all the time; backups by a schedule and by hand; the etcd deleted with its volumes, and
 * restored from the backup. Nothing is left out and nothing is staged: the lines are the operator's own.
 */
const narrator = openNarrator()
const { screen, heading, show, say } = narrator

await main().catch((error: unknown) => {
  screen.board([])
  endWith(error, (text) => screen.line(paint.bad(text.trimEnd())))
})

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      down: { type: 'boolean', default: false },
      ...prepareFlags,
    },
  })
  // Nothing is built that is not shown.
  const lean = { etcdVersions: [etcdVersion], kubectl: 'any' } as const
  const options: PrepareOptions = { progress: say, ...lean, ...prepareOptions(values) }
  if (values.down) return removeAll(options)

  heading('Setting up: a Kubernetes cluster, the operator’s image, the operator')
  const info = await prepare(options)
  const setUp: Chapter = { title: 'set-up', ms: elapsedMs(), phase: '' }
  const k8s = openKubernetes(info)
  try {
    await freshNamespace(k8s)
    const { chapters, report, restored } = await play(k8s, values.image)
    tellResult(info, [setUp, ...chapters], report, restored)
  } finally {
    await k8s.close()
  }
}

interface Played {
  readonly chapters: readonly Chapter[]
  readonly report: Report
  readonly restored: Restored
}

/** The chapters, watched live. */
async function play(k8s: Kubernetes, image: string | undefined): Promise<Played> {
  const stopping = new AbortController()
  const demo = clusterHandle(k8s, namespace, name)
  const stage = watchStage(k8s, narrator, stopping.signal)
  try {
    const chapters: Chapter[] = []
    heading('Three members, from this manifest')
    show(manifest)
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
    const client = stage.client as WriterPod
    chapters.push(...(await backUp(k8s, narrator, stage, client)))
    await client.phase('after the backup')
    await stage.rest()
    heading('Reading everything back')
    const report = await client.verify()
    const restored = await deleteAndRestore(k8s, narrator, stage, demo)
    return {
      chapters: [...chapters, restored.chapter],
      report,
      restored: { revision: restored.revision, report: await client.verify(restored.revision) },
    }
  } finally {
    stopping.abort()
    screen.board([])
    screen.end()
  }
}

/** What an earlier demo left is removed first. The namespace itself stays: Kubernetes takes half a minute to delete one. */
async function freshNamespace(k8s: Kubernetes): Promise<void> {
  const old = await k8s.kubectl(['get', 'namespace', namespace, '--ignore-not-found', '--output=name'])
  if (old !== '') {
    say('removing what an earlier demo left')
    const kinds = 'etcdrestores,etcdbackupschedules,etcdclusters,etcdbackups,jobs,pods,persistentvolumeclaims,configmaps'
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

function tellResult(info: ClusterInfo, chapters: readonly Chapter[], report: Report, restored: Restored): void {
  screen.line('')
  for (const line of resultTable(chapters, report, restored)) screen.line(line)
  screen.line('')
  const wrong = [...complaints(report), ...complaints(restored.report)]
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
    `${kubectl} --namespace ${namespace} get etcdbackups,etcdbackupschedules,etcdrestores`,
    `${kubectl} --namespace ${namespace} scale etcdcluster/${name} --replicas=1`,
    'npm run demo -- --down     # removes everything',
  ]) {
    screen.line(`    ${line}`)
  }
}
