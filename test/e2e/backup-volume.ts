import { PERSISTENT_VOLUME_CLAIM, POD } from '../../src/adapters/kube/kinds.ts'
import { busyboxImage, etcdImageName } from '../cluster/local/image-recipes.ts'
import { etcdVersion } from './cluster-handle.ts'
import type { Stage } from './harness.ts'
import { podOnClaim } from './pod-on-claim.ts'
import { until } from './until.ts'

/** A volume for backups, looked into by pods of their own: not through the operator. */
export interface BackupVolume {
  readonly claimName: string
  /** Output of a shell script that runs in the volume's root folder. */
  shell(script: string): Promise<string>
  /** What etcd's own tool says of a file. */
  snapshotStatus(path: string): Promise<{ readonly revision: number; readonly totalKey: number; readonly totalSize: number }>
}

/** Makes the claim; it is bound when the first pod needs it. */
export async function backupVolume({ k8s, namespace, kubectl }: Stage, claimName = 'backups'): Promise<BackupVolume> {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  await k8s.kube.create(PERSISTENT_VOLUME_CLAIM, { metadata: { namespace, name: claimName }, spec }, AbortSignal.timeout(10_000))

  async function run(image: string, command: readonly string[]): Promise<string> {
    const draft = { metadata: { namespace, generateName: 'look-' }, spec: podOnClaim({ claimName, mountPath: '/backups', image, command }) }
    const { metadata } = await k8s.kube.create(POD, draft, AbortSignal.timeout(10_000))
    const phase = await until(`${command.join(' ')} has ended`, 60, async () => {
      const pod = await k8s.kube.get(POD, metadata, AbortSignal.timeout(5_000))
      return pod?.status?.phase === 'Succeeded' || pod?.status?.phase === 'Failed' ? pod.status.phase : undefined
    })
    const output = await kubectl(['logs', metadata.name])
    await kubectl(['delete', 'pod', metadata.name, '--wait=false'])
    if (phase === 'Failed') throw new Error(`${command.join(' ')}: ${output}`)
    return output.trim()
  }

  return {
    claimName,
    shell: (script) => run(busyboxImage, ['/bin/busybox', 'sh', '-c', `set -e; cd /backups; ${script}`]),
    snapshotStatus: async (path) =>
      JSON.parse(await run(etcdImageName(etcdVersion), ['etcdutl', 'snapshot', 'status', `/backups/${path}`, '--write-out=json'])),
  }
}
