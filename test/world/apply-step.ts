import type { InitialState } from '../../src/objects/etcd-config/member-config.ts'
import type { Step } from '../../src/plan/cluster/step.ts'
import { turnAuth } from './auth.ts'
import { addLearner, followUp, moveLeader, promote, type Reply, removeMember, updateUrl } from './etcd.ts'
import { enableDowngrade } from './versions.ts'
import { ordinalOf } from './view-of.ts'
import {
  type ConfigKey,
  established,
  type Made,
  type PerMember,
  replace,
  type Seen,
  settingsText,
  type World,
  withPod,
  withVolume,
} from './world.ts'

/** What came of a call: the world after it, or why it did nothing. */
export type Landed = { readonly kind: 'done'; readonly world: World } | { readonly kind: 'refused'; readonly why: string }

/** Carries out one step as src/act/cluster/steps.ts says, with the same preconditions. */
export function applyStep(world: World, step: Step, seen: Seen): Landed {
  switch (step.do) {
    case 'FreezeBootstrap':
      return seen.cluster === world.clusterVersion
        ? done(withStatus(world, { ...world.status, frozen: step.size, ...(step.tls === undefined ? {} : { tls: step.tls }) }))
        : conflict
    case 'PinCluster':
      return seen.cluster === world.clusterVersion ? done(withStatus(world, { ...world.status, pinned: true })) : conflict
    case 'WriteConfig':
      return seen.configs === world.configs?.resourceVersion ? done(writeConfig(world, step, seen)) : conflict
    case 'CreateStatefulSet':
      return world.set === undefined
        ? done({
            ...world,
            set: {
              replicas: step.replicas,
              noted: world.status.pinned,
              resourceVersion: 1,
              made: templateOf(seen),
              storage: world.wish.storage,
            },
          })
        : conflict
    case 'SetReplicas':
      return world.set !== undefined && seen.set === world.set.resourceVersion
        ? done({ ...world, set: { ...world.set, replicas: step.replicas, resourceVersion: seen.set + 1 } })
        : conflict
    case 'RemoveFinalizer':
      return { kind: 'refused', why: 'deletion is explored by itself' }
    case 'UpdateTemplate':
      return world.set !== undefined && seen.set === world.set.resourceVersion
        ? done({ ...world, set: { ...world.set, made: templateOf(seen), resourceVersion: seen.set + 1 } })
        : conflict
    case 'PrepareRoot':
    case 'EnableAuth':
    case 'DisableAuth':
      return turnAuth(world, step)
    case 'CreateBackup':
      return { kind: 'refused', why: 'no schedule is modelled here' }
    case 'EnableDowngrade': {
      const to = enableDowngrade(world, step.target)
      return to === undefined ? { kind: 'refused', why: 'invalid downgrade target version' } : done(to)
    }
    case 'CancelDowngrade':
      return world.etcd.leader === undefined
        ? { kind: 'refused', why: 'no leader' }
        : done({ ...world, etcd: { ...world.etcd, target: undefined } })
    case 'NoteSnapshots':
      return seen.cluster === world.clusterVersion ? done(withStatus(world, { ...world.status, logsFrom: step.logsFrom })) : conflict
    case 'NoteWish': {
      const { mark, state } = step
      if (step.kind !== 'moveLeader') return { kind: 'refused', why: 'sizes of databases are not modelled' }
      return seen.cluster === world.clusterVersion ? done(withStatus(world, { ...world.status, leads: { mark, state } })) : conflict
    }
    case 'CreateVerifyJob':
      return world.restore?.verify === 'absent' ? done({ ...world, restore: { ...world.restore, verify: 'running' } }) : conflict
    case 'CreateVolume': {
      const volume = { uid: world.serial, deleting: false, log: undefined, marked: undefined }
      return world.volumes[ordinalOf(step.member)] === undefined
        ? done({ ...withVolume(world, ordinalOf(step.member), volume), serial: world.serial + 1 })
        : conflict
    }
    case 'CreateRestoreJob':
      return world.restore?.write === 'absent' ? done({ ...world, restore: { ...world.restore, write: 'running' } }) : conflict
    case 'CreateCa':
    case 'WriteCertificates':
    case 'RequestCertificate':
    case 'ExchangeCa':
    case 'RetireCa':
    case 'OwnSecret':
    case 'NoteRotation':
      return { kind: 'refused', why: 'certificates are explored by themselves' }
    case 'Compact':
    case 'Defragment':
    case 'DisarmNoSpace':
      return { kind: 'refused', why: 'sizes of databases and their alarms are not modelled' }
    case 'DisarmCorrupt':
      return done({ ...world, etcd: { ...world.etcd, isCorrupt: false } })
    case 'GrowVolume': {
      const volume = world.volumes[ordinalOf(step.member)]
      return volume !== undefined && String(volume.uid) === step.uid
        ? done(withVolume(world, ordinalOf(step.member), { ...volume, asks: Number.parseInt(step.size, 10) }))
        : conflict
    }
    case 'DeleteStatefulSet':
      return world.set !== undefined && seen.set === world.set.resourceVersion
        ? done({ ...world, set: { ...world.set, orphans: true, resourceVersion: seen.set + 1 } })
        : conflict
    case 'DeleteJob':
      return { kind: 'refused', why: 'a Job that is gone without a word is not modelled' }
    case 'AddLearner':
      return answered(addLearner(world, ordinalOf(step.member), step.peerUrl.startsWith('https:')))
    case 'UpdatePeerUrl':
      return answered(updateUrl(world, step.id, step.peerUrl.startsWith('https:')))
    case 'PromoteLearner':
      return answered(promote(world, step.id))
    case 'RemoveMember':
      return answered(removeMember(world, step.id))
    case 'MoveLeader':
      return world.etcd.leader === step.id ? answered(moveLeader(world, step.toId)) : { kind: 'refused', why: 'not leader' }
    case 'StopServing': {
      const pod = world.pods[ordinalOf(step.member)]
      return pod !== undefined && String(pod.uid) === step.uid
        ? done(withPod(world, ordinalOf(step.member), { ...pod, serving: false }))
        : conflict
    }
    case 'DeletePod': {
      const pod = world.pods[ordinalOf(step.member)]
      if (pod === undefined || String(pod.uid) !== step.uid || pod !== seen.pods[ordinalOf(step.member)]) return conflict
      // Without waiting for the kubelet the API server forgets the pod at once.
      const after = step.force ? undefined : { ...pod, deletedBy: pod.deletedBy ?? ('operator' as const) }
      return done(withPod(world, ordinalOf(step.member), after))
    }
    case 'DeleteVolume': {
      const volume = world.volumes[ordinalOf(step.member)]
      return volume !== undefined && String(volume.uid) === step.uid && volume.marked === seen.volumes[ordinalOf(step.member)]?.marked
        ? done(withVolume(world, ordinalOf(step.member), { ...volume, deleting: true }))
        : conflict
    }
  }
}

function done(world: World): Landed {
  return { kind: 'done', world: followUp(world) }
}

const conflict: Landed = { kind: 'refused', why: 'conflict' }

function answered(reply: Reply): Landed {
  return reply.ok ? done(reply.world) : { kind: 'refused', why: reply.why }
}

function withStatus(world: World, status: World['status']): World {
  return { ...world, status, clusterVersion: world.clusterVersion + 1 }
}

function templateOf({ made, written }: Seen): Made {
  return written === undefined ? made : { ...made, tls: written.template }
}

function writeConfig(world: World, step: Extract<Step, { do: 'WriteConfig' }>, seen: Seen): World {
  let entries: PerMember<ConfigKey> = world.configs?.entries ?? []
  for (const [member, initial] of Object.entries(step.write)) {
    const tls = initial.tls ?? seen.written?.kept[ordinalOf(member)]
    const made = tls === undefined ? seen.made : { ...seen.made, tls }
    entries = replace(entries, ordinalOf(member), toKey(initial, made, seen.written?.https ?? []))
  }
  for (const member of step.remove) entries = replace(entries, ordinalOf(member), undefined)
  return { ...world, configs: { entries, resourceVersion: (world.configs?.resourceVersion ?? 0) + 1 } }
}

function toKey(initial: InitialState, made: Made, listed: readonly boolean[]): ConfigKey {
  const settings = settingsText(made) === '' ? {} : { made }
  if (initial.state === 'established') return settingsText(made) === '' ? established : { ...established, ...settings }
  const members = initial.members.map(ordinalOf).toSorted()
  const https = members.filter((ordinal) => listed[ordinal])
  return { state: initial.state, members, ...(https.length > 0 ? { https } : {}), ...settings }
}
