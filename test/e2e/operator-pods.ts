import { LEASE, POD, type Pod } from '../../src/adapters/kube/kinds.ts'
import { isReady } from './cluster-handle.ts'
import { operatorNamespace } from './install.ts'
import type { Kubernetes } from './kubernetes.ts'
import { until } from './until.ts'

const signal = () => AbortSignal.timeout(20_000)

export async function operatorPods(k8s: Kubernetes): Promise<readonly Pod[]> {
  const { items } = await k8s.kube.list(
    POD,
    { namespace: operatorNamespace, labelSelector: 'app.kubernetes.io/name=etcd-operator' },
    signal(),
  )
  return items.filter((pod) => pod.metadata.deletionTimestamp === undefined)
}

/** The pod that holds the Lease. */
export async function leadingPod(k8s: Kubernetes): Promise<Pod> {
  return until('an operator holds the Lease', 30, async () => {
    const lease = await k8s.kube.get(LEASE, { namespace: operatorNamespace, name: 'etcd-operator.dev' }, signal())
    return (await operatorPods(k8s)).find(({ metadata }) => metadata.name === lease?.spec?.holderIdentity)
  })
}

/** Ends it as a crash does: no time to give the Lease back. */
export async function crash(k8s: Kubernetes, pod: Pod): Promise<void> {
  await k8s.kube.delete(POD, { namespace: operatorNamespace, name: pod.metadata.name }, { uid: pod.metadata.uid }, signal(), {
    gracePeriodSeconds: 0,
  })
}

/** A rollout of all operator pods, as after an upgrade. */
export async function restartOperator(k8s: Kubernetes): Promise<void> {
  await k8s.kubectl(['-n', operatorNamespace, 'rollout', 'restart', 'deployment/etcd-operator'])
  await k8s.kubectl(['-n', operatorNamespace, 'rollout', 'status', 'deployment/etcd-operator', '--timeout=90s', '--request-timeout=0'])
  await leadingPod(k8s)
}

export async function untilOperatorIsWhole(k8s: Kubernetes): Promise<void> {
  await until('both operator pods are ready', 60, async () => {
    const pods = await operatorPods(k8s)
    return pods.length === 2 && pods.every(isReady) ? true : undefined
  })
}
