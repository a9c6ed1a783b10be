import { join } from 'node:path'
import { until } from '../command.ts'
import { corednsObjects } from './addons/coredns.ts'
import { localPathObjects } from './addons/local-path.ts'
import type { Api, KubernetesObject } from './api.ts'
import type { NodeLayout } from './layout.ts'

/** Cluster DNS and the default StorageClass. */
export async function applyAddons(api: Api, nodes: readonly NodeLayout[]): Promise<void> {
  const volumes = Object.fromEntries(nodes.map((node) => [node.name, join(node.dir, 'volumes')]))
  for (const object of [...corednsObjects(Math.min(2, nodes.length)), ...localPathObjects(volumes)]) await api.apply(object)
}

export async function nodesReady(api: Api, count: number, timeoutMs = 90_000): Promise<void> {
  await until(`${count} nodes are Ready`, timeoutMs, async () => {
    const list = (await api.get('/api/v1/nodes')) as {
      items: readonly { status: { conditions?: readonly { type: string; status: string }[] } }[]
    }
    const ready = list.items.filter(({ status }) => status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'))
    return ready.length === count ? true : undefined
  })
}

export async function addonsReady(api: Api, timeoutMs = 90_000): Promise<void> {
  for (const path of ['kube-system/deployments/coredns', 'local-path-storage/deployments/local-path-provisioner']) {
    await until(`${path} is available`, timeoutMs, async () => {
      const { spec, status } = (await api.get(`/apis/apps/v1/namespaces/${path}`)) as KubernetesObject & {
        spec: { replicas: number }
        status?: { availableReplicas?: number }
      }
      return status?.availableReplicas === spec.replicas ? true : undefined
    })
  }
}
