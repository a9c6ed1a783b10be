import { openWish, wishAnnotations } from '../../model/cluster/wishes.ts'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { findCluster } from '../find-cluster.ts'
import { waitOptions } from '../wait.ts'
import { awaitWish, takeBack, takeBackOption, wishFor } from '../wishes.ts'

export const defrag: Command = {
  name: 'defrag',
  summary: 'asks the operator to defragment every member, one after the other',
  about: [
    'Followers first and the leader last, while all members serve, no backup is taken and a maintenance window is open. A member answers none of its own clients meanwhile: about 10 s for each GiB. Asked again before the end, it follows what is under way.',
  ],
  positionals: [{ name: 'NAME', help: 'a cluster', completes: 'cluster' }],
  options: { ...waitOptions, ...takeBackOption },
  examples: [
    { does: 'defragments all members of demo, and waits for the end', line: 'defrag demo --wait' },
    { does: 'takes that back', line: 'defrag demo --take-back' },
  ],
  async run(context) {
    const { args, terminal, signal, now } = context
    const target = await context.connect()
    const cluster = await findCluster(target, args.required('NAME'), signal)
    if (args.flag('take-back')) return takeBack(context, target, cluster, wishAnnotations.defragment)
    const open = openWish(cluster, 'defragment', now())
    if (open === undefined) {
      const value = new Date(now()).toISOString()
      return wishFor(context, target, cluster, 'defragment', { value, what: 'defragment every member, one after the other' })
    }
    terminal.print(open.since === undefined ? 'a defragmentation is asked for already' : 'a defragmentation is under way already')
    return args.flag('wait') ? awaitWish(context, target, cluster, 'defragment', open.value) : exitCodes.ok
  },
}
