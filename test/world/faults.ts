import { doAllAsk } from './auth.ts'
import { counted, does, mayBeOverdue, overdue, overdueText, type Transition } from './environment.ts'
import { addStranger, elect, hasAll, removeMember } from './etcd.ts'
import {
  isMemberRunning,
  isMemberServing,
  isRunning,
  type Log,
  type Pod,
  quorumOf,
  replace,
  votersOf,
  type World,
  withPod,
  withVolume,
} from './world.ts'

export type FaultKind =
  | 'process killed'
  | 'pod deleted'
  | 'node lost'
  | 'node comes back'
  | 'data differs'
  | 'replicas edited'
  | 'config removed'
  | 'label removed'
  | 'volume emptied'
  | 'not started in time'
  | 'leader changed'
  | 'StatefulSet deleted'
  | 'ConfigMap deleted'
  | 'status lost'
  | 'Jobs deleted'
  | 'first volume deleted'
  | 'claim deleted'
  | 'volume set back'
  | 'volume corrupt'
  | 'data wrong'
  | 'process frozen'
  | 'member removed'
  | 'member added'
  | 'cache lags'
  | 'authentication switched'

/** What may go wrong around the operator; each costs one of the faults that are left. */
export function faults(world: World, kinds: readonly FaultKind[]): readonly Transition[] {
  const returns = kinds.includes('node comes back') ? [...nodesComeBack(world)] : []
  if (world.faultsLeft === 0) return returns
  const spent = { ...world, faultsLeft: world.faultsLeft - 1 }
  return [...returns, ...kinds.flatMap((kind) => [...fault(spent, kind)])]
}

/** A node that was lost may come back at any moment, or never, and costs no fault of its own. */
function* nodesComeBack(world: World): Generator<Transition> {
  for (const [ordinal, pod] of world.pods.entries()) {
    if (pod?.phase !== 'lost') continue
    const back: Pod = { ...pod, phase: pod.deletedBy === undefined ? 'waiting' : 'ended' }
    yield does('fault', `the node of demo-${ordinal} comes back`, withPod(counted(world), ordinal, back))
  }
}

function* fault(world: World, kind: FaultKind): Generator<Transition> {
  switch (kind) {
    case 'process killed':
      for (const [ordinal, pod] of world.pods.entries())
        if (isRunning(pod) && pod.deletedBy === undefined)
          yield does(
            'fault',
            `FAULT: the process of demo-${ordinal} is killed`,
            withPod(world, ordinal, { ...pod, phase: 'waiting', exit: 'other' }),
          )
      return
    case 'pod deleted':
      for (const [ordinal, pod] of world.pods.entries())
        if (pod !== undefined && pod.deletedBy === undefined)
          yield does('fault', `FAULT: somebody deletes pod demo-${ordinal}`, withPod(world, ordinal, { ...pod, deletedBy: 'environment' }))
      return
    case 'data differs':
      if (world.etcd.formed && world.status.pinned && !world.etcd.isCorrupt)
        yield does('fault', 'FAULT: members hold different data', { ...world, etcd: { ...world.etcd, isCorrupt: true, isScattered: true } })
      return
    case 'replicas edited':
      for (const by of [-1, 1]) {
        const { set } = world
        // Of two members that end at the same time the operator would end one: the other is the person's doing.
        const endsSecond = by < 0 && world.etcd.members.some((row) => row.ordinal >= (set?.replicas ?? 0))
        if (set === undefined || set.replicas + by < 0 || endsSecond) continue
        const edited = { ...set, replicas: set.replicas + by, resourceVersion: set.resourceVersion + 1 }
        yield does('fault', `FAULT: somebody scales the StatefulSet to ${edited.replicas}`, { ...world, set: edited })
      }
      return
    case 'config removed':
      for (const [ordinal, config] of (world.configs?.entries ?? []).entries())
        if (world.configs !== undefined && config !== undefined) {
          const { entries, resourceVersion } = world.configs
          const configs = { entries: replace(entries, ordinal, undefined), resourceVersion: resourceVersion + 1 }
          yield does('fault', `FAULT: somebody removes the config of demo-${ordinal}`, { ...world, configs })
        }
      return
    case 'label removed':
      for (const [ordinal, pod] of world.pods.entries())
        if (pod?.serving)
          yield does(
            'fault',
            `FAULT: somebody takes the label from pod demo-${ordinal}`,
            withPod(world, ordinal, { ...pod, serving: false }),
          )
      return
    case 'node lost':
      for (const [ordinal, pod] of world.pods.entries())
        if (isRunning(pod))
          yield does(
            'fault',
            `FAULT: the node of demo-${ordinal} is lost for good`,
            withPod(counted(world), ordinal, { ...pod, phase: 'lost' }),
          )
      return
    case 'node comes back':
      return // Free of charge.
    case 'volume emptied':
      for (const [ordinal, volume] of world.volumes.entries()) {
        // Before the guard is set a lost volume can't be told from a new one, unless the others know that the member had started.
        const isRestored = world.restore !== undefined && ordinal === 0
        const isKnown = world.etcd.members.some((row) => row.ordinal === ordinal && row.published) && isMajorityBeside(world, ordinal)
        if (volume?.log === undefined || volume.deleting) continue
        if (!isRestored && !isKnown && world.configs?.entries[ordinal]?.state !== 'established') continue
        const emptied = withVolume(world, ordinal, { ...volume, log: undefined })
        yield does('fault', `FAULT: demo-${ordinal} loses its volume's data and its pod`, withPod(emptied, ordinal, undefined))
      }
      return
    case 'not started in time':
      for (const row of world.etcd.members)
        if (mayBeOverdue(world, row)) yield does('fault', `FAULT: ${overdueText(row)}`, overdue(world, row))
      return
    case 'leader changed':
      for (const row of votersOf(world))
        if (world.etcd.leader !== undefined && row.id !== world.etcd.leader && isMemberRunning(world, row) && hasAll(world, row))
          yield does('fault', `FAULT: demo-${row.ordinal} leads now`, elect(world, row.id))
      return
    case 'StatefulSet deleted': {
      // Its pods go with it; the volumes stay.
      const pods = world.pods.map((pod) => pod && { ...pod, deletedBy: pod.deletedBy ?? 'environment' })
      if (world.set !== undefined) yield does('fault', 'FAULT: somebody deletes the StatefulSet', { ...world, set: undefined, pods })
      return
    }
    case 'ConfigMap deleted':
      if (world.configs !== undefined) yield does('fault', 'FAULT: somebody deletes the ConfigMap', { ...world, configs: undefined })
      return
    case 'Jobs deleted':
      if (world.restore !== undefined) {
        const restore = { verify: 'absent', write: 'absent' } as const
        yield does('fault', 'FAULT: the Jobs are gone', { ...world, restore })
      }
      return
    case 'claim deleted':
      for (const [ordinal, volume] of world.volumes.entries())
        if (volume !== undefined && !volume.deleting)
          yield does(
            'fault',
            `FAULT: somebody deletes claim data-demo-${ordinal}`,
            withVolume(world, ordinal, { ...volume, deleting: true }),
          )
      return
    case 'volume set back':
      for (const [ordinal, volume] of world.volumes.entries()) {
        const row = votersOf(world).find((other) => other.id === volume?.log?.id)
        if (volume === undefined || volume.deleting || row === undefined || world.etcd.leader === row.id) continue
        const log: Log = { id: row.id, synced: false, damage: 'set-back', knownBy: world.etcd.leader }
        const other = { uid: world.serial, deleting: false, log, marked: undefined }
        const stopped = withPod({ ...counted(world), serial: world.serial + 1 }, ordinal, undefined)
        yield does('fault', `FAULT: an older copy is put onto data-demo-${ordinal}`, withVolume(stopped, ordinal, { ...volume, log }))
        yield does('fault', `FAULT: data-demo-${ordinal} is made anew, from an older copy`, withVolume(stopped, ordinal, other))
      }
      return
    case 'volume corrupt':
      for (const [ordinal, volume] of world.volumes.entries()) {
        const pod = world.pods[ordinal]
        if (volume?.log === undefined || volume.deleting || !isRunning(pod)) continue
        const ended = withPod(counted(world), ordinal, { ...pod, phase: 'waiting', exit: 'other' })
        const log: Log = { id: volume.log.id, synced: volume.log.synced, damage: 'corrupt' }
        yield does('fault', `FAULT: the data of demo-${ordinal} can't be read any more`, withVolume(ended, ordinal, { ...volume, log }))
      }
      return
    case 'data wrong':
      for (const [ordinal, volume] of world.volumes.entries())
        if (volume?.log?.synced && volume.log.damage === undefined && world.etcd.formed && world.status.pinned)
          yield does(
            'fault',
            `FAULT: demo-${ordinal} holds wrong values`,
            withVolume(world, ordinal, { ...volume, log: { ...volume.log, damage: 'wrong' } }),
          )
      return
    case 'process frozen':
      for (const [ordinal, pod] of world.pods.entries())
        if (isRunning(pod))
          yield does(
            'fault',
            `FAULT: the process of demo-${ordinal} is frozen`,
            withPod(counted(world), ordinal, { ...pod, phase: 'frozen' }),
          )
      return
    case 'member removed':
      for (const row of world.etcd.members) {
        const reply = votersOf(world).length > 1 || row.learner ? removeMember(world, row.id) : undefined
        if (reply?.ok) yield does('fault', `FAULT: somebody removes member demo-${row.ordinal} with etcdctl`, reply.world)
      }
      return
    case 'member added':
      for (const learner of [true, false]) {
        const reply = addStranger(world, learner)
        if (reply.ok) yield does('fault', `FAULT: somebody adds a ${learner ? 'learner' : 'voter'} with etcdctl`, reply.world)
      }
      return
    case 'cache lags':
      if (world.cache === undefined) {
        const { wish, clusterVersion, status, set, configs, pods, volumes, etcd } = world
        const cache = { wish, clusterVersion, status, set, configs, pods, volumes, etcd }
        yield does('fault', "FAULT: the operator's watches fall behind", { ...world, cache })
      }
      return
    case 'first volume deleted': {
      const [volume] = world.volumes
      if (volume !== undefined && world.pods[0] === undefined)
        yield does('fault', 'FAULT: somebody deletes data-demo-0', withVolume(world, 0, undefined))
      return
    }
    case 'authentication switched': {
      const { auth = { isOn: false, root: false } } = world.etcd
      if (world.etcd.leader !== undefined && (auth.isOn || doAllAsk(world)))
        yield does('fault', `FAULT: somebody switches authentication ${auth.isOn ? 'off' : 'on'} with etcdctl`, {
          ...world,
          etcd: { ...world.etcd, auth: { isOn: !auth.isOn, root: true } },
        })
      return
    }
    case 'status lost': {
      const status = { frozen: undefined, pinned: false }
      const isNoted = world.set?.noted || world.volumes.some((volume) => volume?.marked !== undefined)
      if (world.status.pinned && isNoted)
        yield does('fault', 'FAULT: somebody clears the status', { ...world, status, clusterVersion: world.clusterVersion + 1 })
      return
    }
  }
}

/** Whether the others go on serving without this one. */
function isMajorityBeside(world: World, ordinal: number): boolean {
  const voters = votersOf(world)
  return voters.filter((row) => row.ordinal !== ordinal && isMemberServing(world, row)).length >= quorumOf(voters.length)
}
