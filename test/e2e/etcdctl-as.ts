import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { etcdBinary } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { timedProgress } from '../cluster/progress.ts'
import { etcdVersion } from './cluster-handle.ts'
import { saveSecret } from './etcdctl-flags.ts'
import { forwarded } from './forwarded.ts'
import type { Stage } from './harness.ts'

/** Runs etcdctl on this machine with what a Secret holds, as a person does from their own; returns its output. */
export async function etcdctlAs({ k8s, namespace }: Stage, secret: string, args: readonly string[], cluster = 'demo'): Promise<string> {
  await ensureBinaries([`etcd-${etcdVersion}/etcdctl`], { progress: timedProgress() })
  const folder = await saveSecret(k8s, namespace, secret)
  const files = ['--cacert', join(folder, 'ca.crt'), '--cert', join(folder, 'tls.crt'), '--key', join(folder, 'tls.key')]
  return forwarded(k8s, namespace, `service/${cluster}`, async (port) => {
    const flags = ['--endpoints', `https://127.0.0.1:${port}`, ...files]
    const { stdout } = await promisify(execFile)(etcdBinary(etcdVersion, 'etcdctl'), [...flags, ...args])
    return stdout
  })
}
