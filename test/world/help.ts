import type { Transition } from './environment.ts'
import { removeMember } from './etcd.ts'
import { isMemberUp, votersOf, type World } from './world.ts'

/** What people do by hand when the status tells them to: a voter whose volume is lost is taken off the list while all others run. */
export function* help(world: World): Generator<Transition> {
  if (world.etcd.isCorrupt)
    yield {
      kind: 'user',
      text: 'somebody mends the data and disarms the alarm',
      to: { ...world, etcd: { ...world.etcd, isCorrupt: false, isScattered: false } },
      violations: [],
    }
  for (const row of votersOf(world)) {
    const isLost = row.published && world.pods[row.ordinal]?.exit === 'empty-volume' && world.volumes[row.ordinal]?.log === undefined
    const others = votersOf(world).filter(({ id }) => id !== row.id)
    if (!isLost || others.length === 0 || !others.every((other) => isMemberUp(world, other))) continue
    const reply = removeMember(world, row.id)
    if (reply.ok)
      yield { kind: 'user', text: `somebody runs etcdctl member remove for demo-${row.ordinal}`, to: reply.world, violations: [] }
  }
}
