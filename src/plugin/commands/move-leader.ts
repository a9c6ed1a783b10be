import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { askedLeader, openWish, wishAnnotations } from '../../model/cluster/wishes.ts'
import { didYouMean } from '../arguments.ts'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { findCluster } from '../find-cluster.ts'
import { Problem } from '../problem.ts'
import { suggest } from '../suggest.ts'
import { waitOptions } from '../wait.ts'
import { awaitWish, takeBack, takeBackOption, wishFor } from '../wishes.ts'

export const moveLeader: Command = {
  name: 'move-leader',
  summary: 'asks the operator to let another member lead',
  about: [
    'Without MEMBER the ready follower that lags least is chosen. The operator moves the leadership once, to a voter that has the log, while all members are healthy and a maintenance window is open. Writes in flight are lost at that moment; clients try again.',
  ],
  positionals: [
    { name: 'NAME', help: 'a cluster', completes: 'cluster' },
    { name: 'MEMBER', help: 'the member that is to lead', isOptional: true, completes: 'member' },
  ],
  options: { ...waitOptions, ...takeBackOption },
  examples: [
    { does: 'lets demo-1 lead, and waits until it does', line: 'move-leader demo demo-1 --wait' },
    { does: 'takes the leadership from its present leader', line: 'move-leader demo' },
  ],
  async run(context) {
    const { args, terminal, signal, now } = context
    const target = await context.connect()
    const cluster = await findCluster(target, args.required('NAME'), signal)
    if (args.flag('take-back')) return takeBack(context, target, cluster, wishAnnotations.moveLeader)
    const member = heirOf(cluster, args.optional('MEMBER'))
    if (member === cluster.status?.leader) {
      terminal.print(`${member} leads already`)
      return exitCodes.ok
    }
    const open = openWish(cluster, 'moveLeader', now())
    if (open !== undefined && askedLeader(open.value) === member) {
      terminal.print(`${member} is asked for already`)
      return args.flag('wait') ? awaitWish(context, target, cluster, 'moveLeader', open.value) : exitCodes.ok
    }
    const value = `${member}/${new Date(now()).toISOString()}`
    return wishFor(context, target, cluster, 'moveLeader', { value, what: `move the leadership to ${member}` })
  },
}

function heirOf({ metadata, status }: EtcdCluster, asked: string | undefined): string {
  const rows = status?.memberStatus ?? []
  if (asked === undefined) {
    const ready = rows.filter(({ role, ready: isReady, name }) => role === 'Voter' && isReady && name !== status?.leader)
    const [best] = ready.toSorted((a, b) => (a.raftLag ?? Number.POSITIVE_INFINITY) - (b.raftLag ?? Number.POSITIVE_INFINITY))
    if (best === undefined) throw new Problem(`${metadata.name} has no other member that is ready to lead`)
    return best.name
  }
  const row = rows.find(({ name }) => name === asked)
  const names = rows.map(({ name }) => name)
  if (row === undefined)
    throw new Problem(`${metadata.name} has no member "${asked}"`, [...didYouMean(suggest(asked, names)), `members: ${names.join(', ')}`])
  if (row.role !== 'Voter') throw new Problem(`${asked} can't lead: its role is ${row.role}, and only a voter leads`)
  if (!row.ready) throw new Problem(`${asked} can't lead: ${row.message || 'it is not ready'}`)
  return asked
}
