import type { TlsMode } from '../../src/api/etcd-cluster.ts'
import { keptProfile, nextProfile, templateMode } from '../../src/model/cluster/tls.ts'
import { initialPeers } from '../../src/objects/etcd-config/member-config.ts'
import { nameOf, viewOf } from './view-of.ts'
import { isMemberRunning, type Row, type World } from './world.ts'

/** Who can talk to whom, by what each member listens on, what etcd's list says of it, and who has loaded the peers' certificates. */

/** Whether TLS was, is or will be spoken. */
export function hasTls({ wish, later, set, etcd }: World): boolean {
  return (
    [wish, ...later].some(({ made }) => made?.tls !== undefined) || set?.made?.tls !== undefined || etcd.members.some(({ https }) => https)
  )
}

/** The profile of the process in the pod of this ordinal. */
export function runsWith(world: World, ordinal: number): TlsMode {
  return world.pods[ordinal]?.runs?.tls ?? 'Off'
}

/** Whether peers dial the member at a scheme on which its process doesn't listen. */
export function isMisdialled(world: World, row: Row): boolean {
  return (row.https ?? false) !== (runsWith(world, row.ordinal) === 'Required')
}

function dials(world: World, from: Row, to: Row): boolean {
  if (isMisdialled(world, to)) return false
  return !to.https || runsWith(world, from.ordinal) !== 'Off'
}

/** Two members that run are connected where one of them can dial the other: a connection carries both ways. */
export function areConnected(world: World, one: Row, other: Row): boolean {
  return one.id === other.id || dials(world, one, other) || dials(world, other, one)
}

/** Whether the process of a name that joins with this file can ask this member for the list. */
export function canAsk(world: World, tls: TlsMode, row: Row): boolean {
  return !isMisdialled(world, row) && (!row.https || tls !== 'Off')
}

/** How files are written now, by ordinal, and who is listed with https; nothing where TLS is left out. */
export interface Written {
  readonly template: TlsMode
  readonly kept: readonly TlsMode[]
  readonly https: readonly boolean[]
}

const ordinals = Array.from({ length: 9 }, (_, ordinal) => ordinal)

export function writtenNow(world: World): Written | undefined {
  if (!hasTls(world)) return undefined
  const view = viewOf({ ...world, cache: undefined })
  return {
    template: templateMode(view),
    kept: ordinals.map((ordinal) => keptProfile(view, nameOf(ordinal))),
    https: initialPeers(view, ordinals.map(nameOf)).map(({ peerUrl }) => peerUrl.startsWith('https:')),
  }
}

export function nextOf(world: World): TlsMode | undefined {
  return hasTls(world) ? nextProfile(viewOf({ ...world, cache: undefined })) : undefined
}

/** What must hold while members go from one profile to another. */
export function* brokenTls(world: World): Generator<string> {
  if (!hasTls(world)) return
  const running = world.etcd.members.filter((row) => isMemberRunning(world, row))
  const listening = running.filter((row) => runsWith(world, row.ordinal) === 'Required')
  const without = running.filter((row) => runsWith(world, row.ordinal) === 'Off')
  if (listening.length > 0 && without.length > 0)
    yield `${texts(listening)} listens with TLS, and ${texts(without)} runs without the peers' certificates`
  const wrong = running.filter((row) => !row.learner && isMisdialled(world, row))
  if (wrong.length > 1) yield `nobody can dial ${texts(wrong)}`
}

function texts(rows: readonly Row[]): string {
  return rows.map(({ ordinal }) => `demo-${ordinal}`).join(', ')
}

/** A running cluster that has this profile. */
export function listening(world: World, tls: TlsMode): World {
  if (tls === 'Off') return world
  const made = { tls }
  return {
    ...world,
    wish: { ...world.wish, made },
    set: world.set && { ...world.set, made },
    configs: world.configs && { ...world.configs, entries: world.configs.entries.map((entry) => entry && { ...entry, made }) },
    pods: world.pods.map((pod) => pod && { ...pod, made, file: made, runs: made, started: made }),
    etcd: { ...world.etcd, members: world.etcd.members.map((row) => ({ ...row, https: tls === 'Required' })) },
  }
}

export function withUrl(world: World, ordinal: number, https: boolean): World['etcd']['members'] {
  return world.etcd.members.map((row) => (row.ordinal === ordinal ? { ...row, https } : row))
}
