import { ETCD_CLUSTER, POD } from '../../adapters/kube/kinds.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { annotation, label } from '../../api/labels.ts'
import type { Command, Context, Target } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { findCluster } from '../find-cluster.ts'
import { Problem } from '../problem.ts'
import { styled } from '../text.ts'
import { waitFor, waitOptions } from '../wait.ts'
import { annotate, whatHoldsUp } from '../wishes.ts'

export const restart: Command = {
  name: 'restart',
  summary: 'asks the operator to restart every member, one after the other',
  about: ['As kubectl rollout restart: each member is restarted while all others serve, the leader last, in a maintenance window.'],
  positionals: [{ name: 'NAME', help: 'a cluster', completes: 'cluster' }],
  options: { ...waitOptions, again: { help: 'also while a restart is under way: those that were restarted are restarted again' } },
  examples: [{ does: 'restarts the members of demo, and waits for the last one', line: 'restart demo --wait' }],
  async run(context) {
    const { args, terminal, signal, now } = context
    const target = await context.connect()
    const cluster = await findCluster(target, args.required('NAME'), signal)
    const before = cluster.metadata.annotations?.[annotation.restartedAt]
    const restarted = before === undefined ? undefined : await countRestarted(target, cluster, before, signal)
    if (before !== undefined && restarted !== undefined && restarted < cluster.spec.size && !args.flag('again')) {
      terminal.print(`a restart is under way already: ${restarted} of ${cluster.spec.size} members`)
      if (args.flag('wait')) return awaitRestart(context, target, cluster, before)
      terminal.note(['to restart all of them once more: ', styled('command', '--again')])
      return exitCodes.ok
    }
    const value = new Date(now()).toISOString()
    await annotate(target, cluster, { [annotation.restartedAt]: value }, signal)
    terminal.print('asked the operator to restart every member, one after the other')
    terminal.note(...whatHoldsUp(cluster))
    return args.flag('wait') ? awaitRestart(context, target, cluster, value) : exitCodes.ok
  },
}

async function awaitRestart(context: Context, target: Target, { metadata }: EtcdCluster, value: string): Promise<number> {
  await waitFor(context, 'the restart', async () => {
    const cluster = await target.kube.get(ETCD_CLUSTER, metadata, context.signal)
    if (cluster?.metadata.uid !== metadata.uid) throw new Problem(`EtcdCluster ${metadata.name} was deleted meanwhile`)
    if (cluster.metadata.annotations?.[annotation.restartedAt] !== value)
      throw new Problem('somebody took the restart back, or asked for another one')
    const stalled = cluster.status?.conditions?.find(({ type, status }) => type === 'Stalled' && status === 'True')
    if (stalled !== undefined) throw new Problem(`the operator can't go on: ${stalled.message}`)
    const restarted = await countRestarted(target, cluster, value, context.signal)
    const { size } = cluster.spec
    if (restarted >= size && cluster.status?.readyMembers === size && cluster.status.rollout === undefined) return { done: true }
    return {
      waits: `${restarted} of ${size} members restarted${cluster.status?.nextStep === undefined ? '' : `; ${cluster.status.nextStep.message}`}`,
    }
  })
  context.terminal.print([styled('good', 'done: '), 'every member was restarted and is ready'])
  return exitCodes.ok
}

/** Pods carry the value with which they were made. */
async function countRestarted({ kube }: Target, { metadata }: EtcdCluster, value: string, signal: AbortSignal): Promise<number> {
  const { items } = await kube.list(POD, { namespace: metadata.namespace, labelSelector: `${label.cluster}=${metadata.name}` }, signal)
  return items.filter((pod) => pod.metadata.annotations?.[annotation.restartedAt] === value && pod.metadata.deletionTimestamp === undefined)
    .length
}
