import { ETCD_CLUSTER } from '../adapters/kube/kinds.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import { markOf, type WishKind, wishAnnotations } from '../model/cluster/wishes.ts'
import type { Context, Target } from './command.ts'
import { exitCodes } from './exit-code.ts'
import { Problem } from './problem.ts'
import { styled, type Text } from './text.ts'
import { waitFor } from './wait.ts'

export const takeBackOption = { 'take-back': { help: 'removes the wish; what is under way in one member is finished' } } as const

/** Writes annotations of an EtcdCluster; null removes one. @throws Failure `conflict` where it was recreated meanwhile */
export function annotate(
  { kube }: Target,
  { metadata: { namespace, name, uid } }: EtcdCluster,
  annotations: Readonly<Record<string, string | null>>,
  signal: AbortSignal,
): Promise<EtcdCluster> {
  return kube.patch(ETCD_CLUSTER, { namespace, name }, { metadata: { uid, annotations } }, signal)
}

/** Asks the operator once for something, or follows what was asked for already. @param value of the annotation */
export async function wishFor(
  context: Context,
  target: Target,
  cluster: EtcdCluster,
  kind: WishKind,
  { value, what }: { readonly value: string; readonly what: string },
): Promise<number> {
  const { args, terminal, signal } = context
  await annotate(target, cluster, { [wishAnnotations[kind]]: value }, signal)
  terminal.print([`asked the operator to ${what}`])
  terminal.note(...whatHoldsUp(cluster))
  return args.flag('wait') ? awaitWish(context, target, cluster, kind, value) : exitCodes.ok
}

/** Follows a wish to its end. */
export async function awaitWish(
  context: Context,
  target: Target,
  { metadata: { name, namespace, uid } }: EtcdCluster,
  kind: WishKind,
  value: string,
): Promise<number> {
  const message = await waitFor(context, `what ${wishAnnotations[kind]} asks for`, async () => {
    const cluster = await target.kube.get(ETCD_CLUSTER, { namespace, name }, context.signal)
    if (cluster?.metadata.uid !== uid) throw new Problem(`EtcdCluster ${name} was deleted meanwhile`)
    if (cluster.metadata.annotations?.[wishAnnotations[kind]] !== value)
      throw new Problem('somebody took the wish back, or asked for something else')
    const told = cluster.status?.wishes?.[kind]
    if (told?.value === markOf(value) && told.state === 'Failed') throw new Problem(told.message ?? 'the operator could not do it')
    if (told?.value === markOf(value) && told.state === 'Done') return { done: told.message ?? 'done' }
    return { waits: cluster.status?.nextStep?.message ?? 'waiting for the operator' }
  })
  context.terminal.print([styled('good', 'done: '), message])
  return exitCodes.ok
}

/** Removes the annotation of a wish. */
export async function takeBack({ terminal, signal }: Context, target: Target, cluster: EtcdCluster, name: string): Promise<number> {
  if (cluster.metadata.annotations?.[name] === undefined) {
    terminal.print('nothing to take back: nobody has asked for it')
    return exitCodes.ok
  }
  await annotate(target, cluster, { [name]: null }, signal)
  terminal.print('taken back; what is under way in one member is finished')
  return exitCodes.ok
}

/** Why the operator may not begin at once. */
export function whatHoldsUp({ spec, metadata: { annotations = {}, name } }: EtcdCluster): readonly Text[] {
  if (spec.paused) return [['the cluster is paused, so nothing begins before ', styled('command', `kubectl etcd resume ${name}`)]]
  if (annotations['etcd-operator.dev/dry-run'] === 'true')
    return ['the annotation etcd-operator.dev/dry-run is "true", so nothing begins before it is removed']
  return []
}
