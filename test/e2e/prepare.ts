import { buildImage } from '../../scripts/image/build.ts'
import { type ClusterInfo, type ClusterOptions, ensureCluster, type ProviderName } from '../cluster/cluster.ts'
import { during, timedProgress } from '../cluster/progress.ts'
import { endWith } from '../cluster/set-up-failed.ts'
import { installOperator } from './install.ts'
import { openKubernetes } from './kubernetes.ts'
import { testLabel } from './label.ts'

export interface PrepareOptions extends ClusterOptions {
  /** An operator image that the nodes can pull, instead of one that is built here. */
  readonly image?: string
}

/** What `parseArgs` reads for `prepareOptions`. */
export const prepareFlags = { provider: { type: 'string' }, kubeconfig: { type: 'string' }, image: { type: 'string' } } as const

export function prepareOptions(values: Readonly<{ [Flag in keyof typeof prepareFlags]?: string | undefined }>): PrepareOptions {
  return {
    ...(values.provider === undefined ? {} : { provider: values.provider as ProviderName }),
    ...(values.kubeconfig === undefined ? {} : { kubeconfig: values.kubeconfig }),
    ...(values.image === undefined ? {} : { image: values.image }),
  }
}

if (import.meta.main) await prepare().catch(endWith)

/** Everything that a test on a cluster needs: the cluster, the operator's image on its nodes, and the operator installed. */
export async function prepare(options: PrepareOptions = {}): Promise<ClusterInfo> {
  const progress = options.progress ?? timedProgress()
  const [info] = await Promise.all([
    ensureCluster({ ...options, progress }),
    options.image === undefined ? buildImage(progress) : undefined,
  ])
  const k8s = openKubernetes(info)
  try {
    // Of a run that was killed: its schedules go on, and its clusters take a share of the machine.
    await k8s.kubectl(['delete', 'namespaces', '--selector', `${testLabel}=e2e`, '--wait=false'])
    await during(
      progress,
      () => 'installing the operator',
      () => installOperator(k8s, progress, options.image),
    )
  } finally {
    await k8s.close()
  }
  return info
}
