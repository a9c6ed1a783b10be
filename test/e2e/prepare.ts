import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type ClusterInfo, type ClusterOptions, ensureCluster } from '../cluster/cluster.ts'
import { timedProgress } from '../cluster/progress.ts'
import { installOperator } from './install.ts'
import { openKubernetes } from './kubernetes.ts'

export interface PrepareOptions extends ClusterOptions {
  /** An operator image that the nodes can pull, instead of one that is built here. */
  readonly image?: string
}

if (import.meta.main) await prepare().catch(exitWith)

/** Everything that a test on a cluster needs: the cluster, the operator's image on its nodes, and the operator installed. */
export async function prepare(options: PrepareOptions = {}): Promise<ClusterInfo> {
  const progress = options.progress ?? timedProgress()
  const [info] = await Promise.all([ensureCluster({ ...options, progress }), options.image === undefined ? buildImage() : undefined])
  const k8s = openKubernetes(info)
  try {
    await installOperator(k8s, progress, options.image)
  } finally {
    await k8s.close()
  }
  return info
}

function buildImage(): Promise<void> {
  const root = join(import.meta.dirname, '..', '..')
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'scripts', 'image.ts')], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the image was not built (exit code ${code})`))))
  })
}

function exitWith(error: unknown): never {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
