import { isFailure } from '../../adapters/failure.ts'
import { ETCD_BACKUP, ETCD_BACKUP_SCHEDULE, PERSISTENT_VOLUME_CLAIM } from '../../adapters/kube/kinds.ts'
import type { EtcdBackup } from '../../api/backups.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { label } from '../../api/labels.ts'
import { backupTimeout } from '../../model/backup/backups.ts'
import { didYouMean } from '../arguments.ts'
import { awaitCompletion } from '../await-completion.ts'
import type { Command, Context, Target } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { findCluster } from '../find-cluster.ts'
import { Problem } from '../problem.ts'
import { stamped } from '../stamp.ts'
import { suggest } from '../suggest.ts'
import { styled } from '../text.ts'
import { waitOptions } from '../wait.ts'

type Storage = EtcdBackup['spec']['storage']

export const backup: Command = {
  name: 'backup',
  summary: 'takes a backup now: makes an EtcdBackup',
  positionals: [{ name: 'NAME', help: 'a cluster', completes: 'cluster' }],
  options: {
    to: {
      value: 'CLAIM[/PATH]',
      help: "the PersistentVolumeClaim for the file, and a path in it; default: where the newest schedule's backups go",
    },
    name: { value: 'BACKUP', help: 'name of the EtcdBackup; default: that of the cluster with the time' },
    ...waitOptions,
  },
  examples: [
    { does: 'where the schedule of demo puts its backups, and waits until the file was read back', line: 'backup demo --wait' },
    { does: 'into another claim', line: 'backup demo --to archive/before-the-move --wait' },
  ],
  async run(context) {
    const { args, terminal, signal, now } = context
    const target = await context.connect()
    const cluster = await findCluster(target, args.required('NAME'), signal)
    const { name: clusterName, namespace } = cluster.metadata
    const storage = await storageFor(context, target, cluster)
    const name = args.value('name') ?? stamped(clusterName, now())
    const spec = { cluster: clusterName, storage, deletionPolicy: 'Retain' as const, timeout: backupTimeout }
    const made = await target.kube
      .create(ETCD_BACKUP, { metadata: { namespace, name, labels: { [label.cluster]: clusterName } }, spec }, signal, { strict: true })
      .catch((error: unknown) => {
        if (isFailure(error, 'conflict')) throw new Problem(`there is an EtcdBackup ${name} already`, ['choose another name with --name'])
        throw error
      })
    const { claimName, path } = made.spec.storage.volume
    terminal.print([`EtcdBackup ${name} is made; its file goes to claim ${claimName}, ${path ?? clusterName}/${name}.db`])
    if (args.flag('wait')) return awaitBackup(context, target, made)
    terminal.note(['to follow it: ', styled('command', `kubectl etcd backups ${clusterName}`)])
    return exitCodes.ok
  },
}

async function awaitBackup(context: Context, target: Target, made: EtcdBackup): Promise<number> {
  const { name, namespace } = made.metadata
  const status = await awaitCompletion(context, target, ETCD_BACKUP, made, [
    'docs/operations/backup.md tells what to do; its Job: ',
    styled('command', `kubectl describe ecb ${name} -n ${namespace}`),
  ])
  const verified = status.verified?.result === 'Passed' ? ', read back and verified' : ''
  context.terminal.print([styled('good', 'done: '), `revision ${status.revision ?? '?'}, ${status.size ?? '?'}${verified}`])
  return exitCodes.ok
}

/** @throws Problem that lists the claims, where nothing tells which one is meant */
async function storageFor({ args, signal }: Context, { kube }: Target, { metadata }: EtcdCluster): Promise<Storage> {
  const { namespace, name } = metadata
  const to = args.value('to')
  if (to !== undefined) {
    const [claimName = '', ...path] = to.split('/')
    await expectClaim({ kube, namespace, claimName }, signal)
    return { volume: { claimName, ...(path.length === 0 ? {} : { path: path.join('/') }) } }
  }
  const { items } = await kube.list(ETCD_BACKUP_SCHEDULE, { namespace }, signal)
  const newest = items
    .filter(({ spec }) => spec.cluster === name)
    .toSorted(
      (a, b) => Number(a.spec.suspend) - Number(b.spec.suspend) || b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp),
    )[0]
  if (newest !== undefined) return newest.spec.storage
  throw new Problem(`${name} has no EtcdBackupSchedule that would tell where backups go`, [
    ['name a claim: ', styled('command', `kubectl etcd backup ${name} --to CLAIM`)],
    ...(await claims({ kube, namespace }, signal)),
  ])
}

async function expectClaim(
  { kube, namespace, claimName }: Pick<Target, 'kube' | 'namespace'> & { readonly claimName: string },
  signal: AbortSignal,
): Promise<void> {
  // Who may make EtcdBackups may not be allowed to look at claims: then the operator tells.
  const found = await kube.get(PERSISTENT_VOLUME_CLAIM, { namespace, name: claimName }, signal).catch((error: unknown) => {
    if (isFailure(error, 'forbidden')) return 'unknown' as const
    throw error
  })
  if (found === undefined)
    throw new Problem(
      `there is no PersistentVolumeClaim "${claimName}" in namespace ${namespace}`,
      await claims({ kube, namespace }, signal, claimName),
    )
}

/** The claims that are no member's volume. */
async function claims({ kube, namespace }: Pick<Target, 'kube' | 'namespace'>, signal: AbortSignal, meant?: string) {
  const items = (await kube.list(PERSISTENT_VOLUME_CLAIM, { namespace }, signal).catch(() => undefined))?.items ?? []
  const names = items.filter(({ metadata }) => metadata.labels?.[label.cluster] === undefined).map(({ metadata }) => metadata.name)
  const hints = meant === undefined ? [] : didYouMean(suggest(meant, names))
  if (hints.length > 0) return hints
  return [
    names.length === 0
      ? 'this namespace has no claim for backups yet; docs/operations/backup.md has one'
      : `claims: ${names.slice(0, 10).join(', ')}`,
  ]
}
