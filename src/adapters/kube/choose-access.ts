import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ReadAccess } from './access.ts'
import { kubeconfigAccess } from './kubeconfig.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Where a pod finds its service account. */
export const serviceAccountDir = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Decides once where the credentials come from: the named kubeconfig, $KUBECONFIG, the pod's service account, ~/.kube/config.
 *
 * @throws Error when there are no credentials; the operator guesses no address, because a guessed server could be another cluster's
 */
export function chooseAccess(kubeconfig: string | undefined, env: Environment = {}, podDir = serviceAccountDir): ReadAccess {
  const named = kubeconfig || env.KUBECONFIG
  if (named) return kubeconfigAccess(named)
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (host && port && existsSync(join(podDir, 'token'))) return podAccess(host, port, podDir)
  const personal = join(env.HOME ?? homedir(), '.kube', 'config')
  if (existsSync(personal)) return kubeconfigAccess(personal)
  throw new Error(
    'no way to the Kubernetes API: neither --kubeconfig nor KUBECONFIG is set, the operator does not run in a pod with a service account, and ~/.kube/config does not exist',
  )
}

function podAccess(host: string, port: string, dir: string): ReadAccess {
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
  return async () => {
    const [token, ca] = await Promise.all([readFile(join(dir, 'token'), 'utf8'), readFile(join(dir, 'ca.crt'), 'utf8')])
    return { server, tls: { ca }, headers: { authorization: `Bearer ${token.trim()}` } }
  }
}
