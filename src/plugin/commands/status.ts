import { isFailure } from '../../adapters/failure.ts'
import { ETCD_BACKUP, ETCD_BACKUP_SCHEDULE, ETCD_CLUSTER } from '../../adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../adapters/kube/object.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import type { Backups } from '../cluster/backups.ts'
import { isWell } from '../cluster/state.ts'
import { statusData } from '../cluster/status-data.ts'
import { statusLines } from '../cluster/status-lines.ts'
import { statusTable } from '../cluster/status-table.ts'
import type { Command, Context, Target } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { findCluster } from '../find-cluster.ts'
import { usageProblem } from '../problem.ts'
import { printStructured } from '../structured.ts'
import type { Text } from '../text.ts'
import { keyOf, printOrWatch, watchOption } from '../watch.ts'

export const status: Command = {
  name: 'status',
  summary: 'shows how clusters are, what the operator does or waits for, and what it needs from you',
  about: [
    'Without a name one line for each cluster; with names all about them.',
    'With -o json or yaml: a list of clusters, each with state, ready, mayFail (how many more members may fail), nextStep, needsYou, members, backups and conditions.',
  ],
  positionals: [{ name: 'NAME', help: 'cluster; without it all of the namespace', isOptional: true, isMany: true, completes: 'cluster' }],
  options: {
    ...watchOption,
    'exit-code': { help: 'ends with 3 unless every cluster is Ready' },
  },
  outputs: ['json', 'yaml', 'wide'],
  allNamespaces: true,
  examples: [
    { does: 'every cluster of all namespaces', line: 'status -A' },
    { does: 'one cluster, again and again', line: 'status demo -w' },
    { does: 'in a script: is it ready?', line: 'status demo --exit-code' },
    { does: 'the clusters that need somebody', line: "status -A -o json | jq -r '.clusters[] | select(.needsYou) | .name'" },
  ],
  async run(context) {
    const { args, terminal } = context
    const names = args.many('NAME')
    if (args.flag('watch') && (args.output === 'json' || args.output === 'yaml'))
      throw usageProblem(`-w and -o ${args.output} don't go together`)
    if (args.flag('all-namespaces') && names.length > 0) throw usageProblem('a name and -A do not go together: name the namespace with -n')
    const target = await context.connect()
    let clusters: readonly EtcdCluster[] = []
    const look = async () => {
      clusters = await wanted(target, names, context.signal)
      const everywhere = { namespace: target.scope }
      const [backups, schedules] = await Promise.all([
        listIfAllowed(target, ETCD_BACKUP, everywhere, context.signal),
        listIfAllowed(target, ETCD_BACKUP_SCHEDULE, everywhere, context.signal),
      ])
      return { backups, schedules }
    }
    if (args.output === 'json' || args.output === 'yaml') {
      const all = await look()
      printStructured(terminal, args.output, { clusters: clusters.map((cluster) => statusData(cluster, all)) })
    } else {
      await printOrWatch(context, async () => {
        const all = await look()
        return {
          lines: linesOf(context, clusters, all, target),
          key: keyOf([...clusters, ...(all.backups ?? []), ...(all.schedules ?? [])]),
        }
      })
    }
    return args.flag('exit-code') && !clusters.every(isWell) ? exitCodes.unwell : exitCodes.ok
  },
}

function linesOf(
  { args, now, terminal }: Context,
  clusters: readonly EtcdCluster[],
  all: Backups,
  { namespace, scope }: Target,
): readonly Text[] {
  const room = { columns: terminal.columns, wide: args.output === 'wide' }
  if (clusters.length === 0) return [`no EtcdCluster in ${scope === undefined ? 'any namespace' : `namespace ${namespace}`}`]
  if (args.many('NAME').length === 0) return statusTable(clusters, all, { room, now: now(), hasNamespaces: scope === undefined })
  return clusters.flatMap((cluster, index) => [...(index > 0 ? [''] : []), ...statusLines(cluster, all, { room, now: now() })])
}

async function wanted(target: Target, names: readonly string[], signal: AbortSignal): Promise<readonly EtcdCluster[]> {
  if (names.length > 0) return Promise.all([...new Set(names)].map((name) => findCluster(target, name, signal)))
  const { items } = await target.kube.list(ETCD_CLUSTER, { namespace: target.scope }, signal)
  const key = ({ metadata }: EtcdCluster) => `${metadata.namespace}/${metadata.name}`
  return items.toSorted((a, b) => key(a).localeCompare(key(b)))
}

/** Undefined: the reader may not list the kind. Whoever may see clusters only still sees these. */
async function listIfAllowed<T extends KubeObject>(
  { kube }: Target,
  kind: ResourceKind<T>,
  where: { readonly namespace: string | undefined },
  signal: AbortSignal,
): Promise<readonly T[] | undefined> {
  try {
    return (await kube.list(kind, where, signal)).items
  } catch (error) {
    if (isFailure(error, 'forbidden')) return undefined
    throw error
  }
}
