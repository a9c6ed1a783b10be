import { isFailure } from '../../adapters/failure.ts'
import { ETCD_BACKUP, ETCD_CLUSTER, ETCD_RESTORE } from '../../adapters/kube/kinds.ts'
import type { EtcdRestore, RestoreSource } from '../../api/backups.ts'
import { didYouMean } from '../arguments.ts'
import { awaitCompletion } from '../await-completion.ts'
import type { Command, Context, Target } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { Problem, usageProblem } from '../problem.ts'
import { stamped } from '../stamp.ts'
import { suggest } from '../suggest.ts'
import { styled } from '../text.ts'
import { waitOptions } from '../wait.ts'

export const restore: Command = {
  name: 'restore',
  summary: 'makes a new cluster from a backup: makes an EtcdRestore',
  about: ['Nothing is restored over a cluster that exists. The new cluster has the spec that is stored beside the backup.'],
  positionals: [{ name: 'BACKUP', help: 'an EtcdBackup, or CLAIM/PATH of a file without one', completes: 'backup' }],
  options: { as: { value: 'NAME', help: 'name of the new cluster' }, ...waitOptions },
  examples: [
    { does: 'a cluster demo2 from a backup, until all its members serve', line: 'restore demo-20260104020000 --as demo2 --wait' },
    { does: 'from a file', line: 'restore backups/demo/b1.db --as demo2' },
  ],
  async run(context) {
    const { args, terminal, signal, now } = context
    const as = args.value('as')
    const backup = args.required('BACKUP')
    if (as === undefined)
      throw usageProblem('restore needs the name of the new cluster', [styled('command', `kubectl etcd restore ${backup} --as NAME`)])
    const target = await context.connect()
    const { namespace } = target
    if ((await target.kube.get(ETCD_CLUSTER, { namespace, name: as }, signal)) !== undefined)
      throw new Problem(`there is an EtcdCluster ${as} already: data is never restored over data`, ['choose another name with --as'])
    const source = await sourceOf(target, backup, signal)
    const name = stamped(as, now())
    const made = await target.kube.create(ETCD_RESTORE, { metadata: { namespace, name }, spec: { source, cluster: as } }, signal, {
      strict: true,
    })
    terminal.print(`EtcdRestore ${name} is made: it verifies the backup, then makes EtcdCluster ${as}`)
    if (args.flag('wait')) return awaitRestore(context, target, made)
    terminal.note(['to follow it: ', styled('command', `kubectl get ecr ${name} -n ${namespace} -w`)])
    return exitCodes.ok
  },
}

async function awaitRestore(context: Context, target: Target, made: EtcdRestore): Promise<number> {
  const { spec } = made
  const status = await awaitCompletion(context, target, ETCD_RESTORE, made, 'docs/operations/restore.md tells what to do')
  context.terminal.print([
    styled('good', 'done: '),
    `EtcdCluster ${spec.cluster} has revision ${status.revision ?? '?'} and all its members`,
  ])
  return exitCodes.ok
}

/** @throws Problem where there is no such backup, or it can't be restored from */
async function sourceOf({ kube, namespace }: Target, text: string, signal: AbortSignal): Promise<RestoreSource> {
  const slash = text.indexOf('/')
  if (slash > 0) return { volume: { claimName: text.slice(0, slash), path: text.slice(slash + 1) } }
  const found = await kube.get(ETCD_BACKUP, { namespace, name: text }, signal)
  if (found === undefined) {
    const items = (
      await kube.list(ETCD_BACKUP, { namespace }, signal).catch((error: unknown) => {
        if (isFailure(error, 'forbidden')) return undefined
        throw error
      })
    )?.items
    const usable = (items ?? []).filter(({ status }) => status?.phase === 'Completed').map(({ metadata }) => metadata.name)
    const meant = didYouMean(suggest(text, usable))
    throw new Problem(`there is no EtcdBackup "${text}" in namespace ${namespace}`, [
      ...(meant.length > 0
        ? meant
        : [usable.length === 0 ? 'this namespace has no completed backup' : `completed: ${usable.slice(-5).join(', ')}`]),
      'a file without an EtcdBackup is named by CLAIM/PATH',
    ])
  }
  const { phase, conditions } = found.status ?? {}
  if (phase === 'Failed') {
    const told = conditions?.find(({ type }) => type === 'Complete')
    throw new Problem(`EtcdBackup ${text} has failed and holds nothing: ${told?.reason ?? ''}: ${told?.message ?? ''}`)
  }
  if (phase !== 'Completed') throw new Problem(`EtcdBackup ${text} is not completed yet: ${phase ?? 'Pending'}`, ['try again when it is'])
  return { backup: text }
}
