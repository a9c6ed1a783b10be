import { beforeAll, expect } from 'vitest'
import { chart, type Helm, openHelm, usual, type Values } from '../cluster/helm.ts'
import { type ClusterHandle, condition, idsOf, uidsOf } from './cluster-handle.ts'
import { type Stage, scenario } from './harness.ts'
import { operatorImage } from './images.ts'
import { buildAnnotation, installOperator, operatorNamespace } from './install.ts'
import type { Kubernetes } from './kubernetes.ts'
import { leadingPod, operatorPods } from './operator-pods.ts'
import { until } from './until.ts'

// Built by the integration tests before: a minute of one core where it wasn't.
beforeAll(async () => {
  const helm = await openHelm()
  helm.cleanUp()
}, 900_000)

scenario(
  'the chart takes over from install.yaml, is upgraded, uninstalled and installed again, and a living cluster feels nothing',
  { seconds: 240, alone: true },
  async (stage) => {
    const { k8s } = stage
    const demo = stage.cluster()
    await demo.create({ size: 1 })
    await demo.untilReady()
    const before = await livesOf(demo)
    const helm = await openHelm(k8s.info.kubeconfig)
    const { image, values } = await asItRuns(k8s)
    try {
      await play(stage, demo, helm, values)
    } finally {
      helm.cleanUp()
      await installOperator(k8s, () => {}, image === operatorImage ? undefined : image)
      await k8s.kubectl(['-n', operatorNamespace, 'delete', 'secrets', '--selector', 'owner=helm'])
    }
    expect(await livesOf(demo)).toEqual(before)
  },
)

async function play({ k8s }: Stage, demo: ClusterHandle, helm: Helm, values: Values): Promise<void> {
  const release = [usual.name, chart, '--namespace', usual.namespace]
  // Fields that kubectl has written are kubectl's until somebody insists.
  await helm.run(['install', ...release, '--take-ownership', '--force-conflicts'], values)
  await untilItRuns(k8s)
  await obeyed(demo, 'first')

  await helm.run(['upgrade', ...release, '--force-conflicts'], { ...values, replicas: 1, log: { level: 'debug' } })
  await untilItRuns(k8s)
  expect((await operatorPods(k8s)).map(({ spec }) => spec?.containers[0]?.args)).toEqual([['--log-level=debug']])
  await obeyed(demo, 'second')

  const living = (await demo.get()).metadata
  expect(await helm.run(['uninstall', usual.name, '--namespace', usual.namespace])).toMatch(/kept due to the resource policy/)
  await until('the operator is gone', 60, async () => ((await operatorPods(k8s)).length === 0 ? true : undefined))
  expect((await demo.get()).metadata).toEqual(living)
  expect(await demo.members()).toHaveLength(1)

  await helm.run(['install', ...release], values)
  await untilItRuns(k8s)
  await obeyed(demo, 'third')
}

/** The image that the operator runs, and values of the chart that run the very same build. */
async function asItRuns(k8s: Kubernetes): Promise<{ readonly image: string; readonly values: Values }> {
  const [pod] = await operatorPods(k8s)
  const image = pod?.spec?.containers[0]?.image ?? ''
  const [, repository, tag, digest] = /^([^@]+?)(?::([^:/@]+))?(?:@(.+))?$/.exec(image) ?? []
  const build = pod?.metadata.annotations?.[buildAnnotation] ?? ''
  return { image, values: { image: { repository, tag: tag ?? '', digest: digest ?? '' }, podAnnotations: { [buildAnnotation]: build } } }
}

async function untilItRuns(k8s: Kubernetes): Promise<void> {
  const rollout = ['rollout', 'status', 'deployment/etcd-operator', '--timeout=90s', '--request-timeout=0']
  await k8s.kubectl(['-n', operatorNamespace, ...rollout])
  await leadingPod(k8s)
}

/** A wish that restarts nobody is fulfilled: the operator looks after the cluster. */
async function obeyed(demo: ClusterHandle, wish: string): Promise<void> {
  await demo.change({ pod: { annotations: { wish } } })
  await demo.untilReady()
  await until('the pod has the annotation', 30, async () =>
    (await demo.pods()).every(({ metadata }) => metadata.annotations?.wish === wish) ? true : undefined,
  )
}

/** What must not change: the cluster, its members and their pods, never restarted. */
async function livesOf(demo: ClusterHandle) {
  const [cluster, pods, ids] = await Promise.all([demo.get(), demo.pods(), idsOf(demo)])
  return {
    uid: cluster.metadata.uid,
    clusterID: cluster.status?.clusterID,
    available: condition(cluster, 'Available')?.status,
    ids,
    pods: uidsOf(pods),
    restarts: pods.map(({ status }) => status?.containerStatuses?.[0]?.restartCount),
  }
}
