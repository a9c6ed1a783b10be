import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Kubernetes } from './kubernetes.ts'

/** `kubectl port-forward` to port 2379 of the target, for as long as the work takes. */
export async function forwarded<T>(k8s: Kubernetes, namespace: string, target: string, work: (port: number) => Promise<T>): Promise<T> {
  const args = ['--kubeconfig', k8s.info.kubeconfig, '--namespace', namespace, 'port-forward', target, ':2379']
  const forwarding = spawn(k8s.info.kubectl, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [said] = (await once(forwarding.stdout, 'data', { signal: AbortSignal.timeout(20_000) })) as [Buffer]
    const [, port = ''] = /127\.0\.0\.1:(\d+)/.exec(said.toString()) ?? []
    return await work(Number(port))
  } finally {
    forwarding.kill()
  }
}
