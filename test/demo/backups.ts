import { ETCD_BACKUP, ETCD_RESTORE } from '../../src/adapters/kube/kinds.ts'
import type { EtcdBackup } from '../../src/api/backups.ts'
import { label } from '../../src/api/labels.ts'
import type { WriterPod } from '../client/writer-pod.ts'
import type { ClusterHandle } from '../e2e/cluster-handle.ts'
import type { Kubernetes } from '../e2e/kubernetes.ts'
import { until } from '../e2e/until.ts'
import { backup, backupManifest, name, namespace, restore, restoreManifest, scheduleManifest } from './manifests.ts'
import type { Narrator } from './narrator.ts'
import type { Chapter } from './result.ts'
import { paint } from './screen.ts'
import type { Stage } from './stage.ts'

/** A schedule that fires within the minute, and a backup by hand. */
export async function backUp(k8s: Kubernetes, narrator: Narrator, stage: Stage, client: WriterPod): Promise<readonly Chapter[]> {
  const { heading, show, say } = narrator
  heading('A backup every minute, from this manifest')
  show(scheduleManifest)
  await k8s.kubectl(['apply', '--namespace', namespace, '--filename', '-'], scheduleManifest)
  await client.phase('by schedule')
  const fired = await stage.timed('by schedule', 'by schedule', async () => {
    say('the schedule fires at the next full minute')
    const made = await until('the schedule fires', 90, async () => {
      const { items } = await k8s.kube.list(
        ETCD_BACKUP,
        { namespace, labelSelector: `${label.schedule}=every-minute` },
        AbortSignal.timeout(10_000),
      )
      return items[0]
    })
    say(`EtcdBackup ${made.metadata.name} was made by the schedule`)
    say(inWords(await completed(k8s, made.metadata.name)))
  })

  heading('A backup by hand, from this manifest')
  show(backupManifest)
  await client.phase('by hand')
  const byHand = await stage.timed('by hand', 'by hand', async () => {
    await k8s.kubectl(['apply', '--namespace', namespace, '--filename', '-'], backupManifest)
    say(inWords(await completed(k8s, backup)))
  })
  return [fired, byHand]
}

async function completed(k8s: Kubernetes, of: string): Promise<EtcdBackup> {
  return until(`backup ${of} is completed`, 60, async () => {
    const found = await k8s.kube.get(ETCD_BACKUP, { namespace, name: of }, AbortSignal.timeout(10_000))
    if (found?.status?.phase === 'Failed') throw new Error(found.status.conditions?.map(({ message }) => message).join('; '))
    return found?.status?.phase === 'Completed' ? found : undefined
  })
}

function inWords({ metadata, status }: EtcdBackup): string {
  const { revision, size, member, verified } = status ?? {}
  return paint.good(`${metadata.name} is completed: revision ${revision}, ${size}, from ${member}, read back: ${verified?.result}`)
}

/** The accident, and the way out. */
export async function deleteAndRestore(
  k8s: Kubernetes,
  narrator: Narrator,
  stage: Stage,
  demo: ClusterHandle,
): Promise<{ chapter: Chapter; revision: string }> {
  const { heading, show, say } = narrator
  heading(`kubectl delete etcdcluster/${name}   # its volumes go with it`)
  await demo.delete()
  await until('the volumes are gone', 60, async () => ((await demo.volumes()).length === 0 ? true : undefined))

  heading('The cluster from its backup, from this manifest')
  show(restoreManifest)
  let revision = ''
  let phase: string | undefined
  const chapter = await stage.timed('restored', '', async () => {
    await k8s.kubectl(['apply', '--namespace', namespace, '--filename', '-'], restoreManifest)
    await until('the cluster is restored', 180, async () => {
      const found = await k8s.kube.get(ETCD_RESTORE, { namespace, name: restore }, AbortSignal.timeout(10_000))
      if (found?.status?.phase !== phase) say(`EtcdRestore ${restore}: ${found?.status?.phase}`)
      phase = found?.status?.phase
      revision = found?.status?.revision ?? ''
      return phase === 'Completed' || phase === 'Failed' ? true : undefined
    })
    if (phase !== 'Completed') throw new Error('the restore failed: see kubectl describe etcdrestore')
  })
  // Its CA is another one than that of the cluster before.
  await stage.client?.refresh()
  heading(`Reading back what was acknowledged up to revision ${revision} of the backup`)
  return { chapter, revision }
}
