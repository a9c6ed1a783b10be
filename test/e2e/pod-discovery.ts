import { once } from 'node:events'
import { createServer } from 'node:http'
import { POD, type Pod } from '../../src/adapters/kube/kinds.ts'
import type { Kubernetes } from './kubernetes.ts'

/**
 * Debian builds its Prometheus without the discovery of Kubernetes' pods. This gives it the same labels over HTTP (`http_sd_configs`), for
 * each port of each container, as https://prometheus.io/docs/prometheus/latest/configuration/configuration/#pod lists them.
 */
export async function servePods(k8s: Kubernetes): Promise<{ readonly url: string; stop(): void }> {
  const server = createServer(async (_, response) => {
    try {
      const { items } = await k8s.kube.list(POD, {}, AbortSignal.timeout(5_000))
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(items.flatMap(targetsOf)))
    } catch (error) {
      response.writeHead(503).end(String(error))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server of pods has no port')
  return {
    url: `http://127.0.0.1:${address.port}/`,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

interface Target {
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

/** None while the pod has no address. */
export function targetsOf({ metadata, spec, status }: Pod): readonly Target[] {
  const ip = status?.podIP
  if (ip === undefined || ip === '') return []
  const pod = {
    __meta_kubernetes_namespace: metadata.namespace,
    __meta_kubernetes_pod_name: metadata.name,
    __meta_kubernetes_pod_uid: metadata.uid,
    __meta_kubernetes_pod_ip: ip,
    __meta_kubernetes_pod_node_name: spec?.nodeName ?? '',
    __meta_kubernetes_pod_phase: status?.phase ?? '',
    ...Object.fromEntries(
      Object.entries(metadata.labels ?? {}).flatMap(([name, value]) => [
        [`__meta_kubernetes_pod_label_${sanitized(name)}`, value],
        [`__meta_kubernetes_pod_labelpresent_${sanitized(name)}`, 'true'],
      ]),
    ),
  }
  return (spec?.containers ?? []).flatMap(({ name, ports = [] }) =>
    ports.map((port) => ({
      targets: [`${ip}:${port.containerPort}`],
      labels: {
        ...pod,
        __meta_kubernetes_pod_container_name: name,
        __meta_kubernetes_pod_container_port_name: port.name ?? '',
        __meta_kubernetes_pod_container_port_number: String(port.containerPort),
        __meta_kubernetes_pod_container_port_protocol: port.protocol ?? 'TCP',
      },
    })),
  )
}

/** As Prometheus names the label of a pod. */
export function sanitized(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_')
}
