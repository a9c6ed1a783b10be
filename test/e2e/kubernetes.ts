import { chooseAccess } from '../../src/adapters/kube/choose-access.ts'
import { failureFromReply } from '../../src/adapters/kube/failures.ts'
import { openTransport } from '../../src/adapters/kube/transport.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import type { ClusterInfo } from '../cluster/cluster.ts'
import { run } from '../cluster/command.ts'

/** The test cluster as its administrator sees it. */
export interface Kubernetes {
  readonly info: ClusterInfo
  readonly kube: Kube
  /** As a person would type it; throws with what kubectl wrote to its error output. */
  kubectl(args: readonly string[], input?: string): Promise<string>
  /** A raw request, for what lies behind the API server's proxy; throws unless it was answered with success. */
  request(method: 'GET' | 'POST', path: string, body?: unknown): Promise<string>
  close(): Promise<void>
}

export function openKubernetes(info: ClusterInfo): Kubernetes {
  const limits = { userAgent: 'etcd-operator-test', callsPerSecond: 1000, burst: 1000, requestTimeoutMs: 10_000 }
  const kube = connectKube({ kubeconfig: info.kubeconfig, ...limits })
  const transport = openTransport({ access: chooseAccess(info.kubeconfig), ...limits })
  return {
    info,
    kube,
    kubectl: (args, input) =>
      run(info.kubectl, ['--kubeconfig', info.kubeconfig, '--request-timeout', '20s', ...args], input === undefined ? {} : { input }),
    async request(method, path, body) {
      const verb = method === 'GET' ? 'get' : 'create'
      const call = { verb, resource: '', method, path, ...(body === undefined ? {} : { body }) } as const
      const reply = await transport.send(call, AbortSignal.timeout(20_000))
      if (reply.status >= 300) throw failureFromReply(`${method} ${path}`, reply)
      return reply.text
    },
    async close() {
      await Promise.all([kube.close(), transport.close()])
    },
  }
}
