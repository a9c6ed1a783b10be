import { known } from '../../../../../src/model/known.ts'
import type { MemberTls } from '../../../../../src/model/tls/facts.ts'
import { mustReload } from '../../../../../src/model/tls/must-reload.ts'
import type { Decision } from '../../../../../src/plan/cluster/step.ts'
import { aCluster, type Scene } from '../../../../builders/a-cluster.ts'
import { aCa, aCertificate, aLeaf, aSecret, aServed, certificates, ours } from '../../../../builders/certificates.ts'

const minute = 60_000
const hour = 60 * minute
const first = aCluster({ tls: { mode: 'Required' } }).running()

/**
 * One CA, the peers', as a model: the Secrets, what is mounted, and what three processes have loaded. A kubelet takes a while to bring a
 * Secret's new content into a pod; a process reads leaves whenever it dials, and CAs at its start alone.
 */
export interface CaWorld {
  readonly now: number
  readonly ca: {
    readonly current: number
    readonly next: number
    readonly old: number | undefined
    readonly generation: number
    readonly since: number
    readonly rotation: string | undefined
  }
  readonly secret: Mounted & { readonly bundleSince: number }
  readonly members: readonly CaMember[]
  /** The value of the annotation. */
  readonly asked: string | undefined
}

interface Mounted {
  /** The CA that has issued the leaf, and when the leaf expires. */
  readonly leaf: number
  readonly expires: number
  readonly bundle: readonly number[]
}

export interface CaMember {
  readonly pod: number
  readonly createdAt: number
  readonly mounted: Mounted
  /** Undefined: its process does not run. */
  readonly loaded: readonly number[] | undefined
  readonly answers: boolean
  /** Its node does not hear of the Secret's new content. */
  readonly isCutOff: boolean
}

const nameOf = (ca: number) => `ca${ca}`
const numberOf = (name: string) => Number(name.slice(2))
const leafMs = 90 * 24 * hour

export function aCaWorld(now: number): CaWorld {
  const secret = { leaf: 0, expires: now + leafMs, bundle: [0, 1] }
  const member = (ordinal: number): CaMember => ({
    pod: ordinal,
    createdAt: now,
    mounted: secret,
    loaded: [0, 1],
    answers: true,
    isCutOff: false,
  })
  return {
    now,
    ca: { current: 0, next: 1, old: undefined, generation: 1, since: now, rotation: undefined },
    secret: { ...secret, bundleSince: now },
    members: [0, 1, 2].map(member),
    asked: undefined,
  }
}

/** What the operator sees of it. */
export function viewOf(world: CaWorld): Scene {
  const { ca, secret, now } = world
  const old = ca.old === undefined ? undefined : aCertificate(nameOf(ca.old))
  const facts = aCa(nameOf(ca.current), nameOf(ca.next), { generation: ca.generation, since: ca.since, rotation: ca.rotation, old })
  const life = { notBefore: secret.expires - leafMs - 5 * minute, notAfter: secret.expires }
  const peerTls = aSecret('peer', nameOf(secret.leaf), secret.bundle.map(nameOf), {
    leaf: aLeaf('peer', nameOf(secret.leaf), life),
    dial: aLeaf('peer', nameOf(secret.leaf), { ...life, names: [], usages: ['client'] }),
    bundleSince: secret.bundleSince,
  })
  // What this world is not about is renewed in time.
  const young = { notBefore: now - hour, notAfter: now - hour + leafMs }
  const scene = first.with({
    now,
    pods: first.pods.flatMap((pod, ordinal) => {
      const member = world.members[ordinal]
      return member?.loaded === undefined ? [] : [{ ...pod, uid: `pod-${member.pod}`, createdAt: member.createdAt }]
    }),
    tls: certificates({
      peerCa: ours(facts),
      clientCa: ours(aCa('C', 'D', { rotation: world.asked })),
      peerTls: ours(peerTls),
      serverTls: ours(aSecret('server', 'C', ['C', 'D'], { leaf: aLeaf('server', 'C', young) })),
      client: ours(aSecret('client', 'C', ['C', 'D'], { leaf: aLeaf('client', 'C', young) })),
      members: probed(world),
    }),
  })
  return world.asked === undefined ? scene : scene.annotated({ 'etcd-operator.dev/rotate-ca': world.asked })
}

function probed({ members, ca }: CaWorld): ReadonlyMap<string, MemberTls> {
  return new Map(
    members.flatMap((member, ordinal) => {
      if (member.loaded === undefined) return []
      const port = (isAsked: boolean) => ({
        plain: known(false),
        served: member.answers ? known(aServed(`${nameOf(member.mounted.leaf)}-peer`)) : ({ known: false, why: 'silent' } as const),
        accepts: new Map(
          (isAsked ? [ca.current, ca.next] : []).map((one) => [
            nameOf(one),
            member.answers ? known(member.loaded?.includes(one) ?? false) : ({ known: false, why: 'silent' } as const),
          ]),
        ),
      })
      return [[`demo-${ordinal}`, { uid: `pod-${member.pod}`, peer: port(true), client: port(false) }] as const]
    }),
  )
}

/** What a step about the peers' CA makes of it; steps about others change nothing here. */
export function afterwards(world: CaWorld, decision: Decision | undefined): CaWorld {
  if (decision?.kind !== 'step') return world
  const { step } = decision
  const { ca, secret, now } = world
  switch (step.do) {
    case 'WriteCertificates': {
      if (step.use !== 'peer') return world
      const leaf = step.leaf.from === 'ca' ? numberOf(step.leaf.issuer) : secret.leaf
      const bundle = step.bundle.map(numberOf)
      const isSame = bundle.join() === secret.bundle.join()
      const expires = step.leaf.from === 'ca' ? now + leafMs : secret.expires
      return { ...world, secret: { leaf, expires, bundle, bundleSince: isSame ? secret.bundleSince : now } }
    }
    case 'ExchangeCa':
      if (step.ca !== 'peer') return world
      return {
        ...world,
        ca: {
          current: ca.next,
          next: ca.next + 1,
          old: ca.current,
          generation: ca.generation + 1,
          since: now,
          rotation: step.rotation ?? ca.rotation,
        },
      }
    case 'RetireCa':
      return step.ca === 'peer' ? { ...world, ca: { ...ca, old: undefined } } : world
    case 'NoteRotation':
      return step.ca === 'peer' ? { ...world, ca: { ...ca, rotation: step.rotation || undefined } } : world
    default:
      return world
  }
}

export const happenings = {
  'a minute': (world: CaWorld): CaWorld => ({ ...world, now: world.now + minute }),
  'an hour': (world: CaWorld): CaWorld => ({ ...synced(world), now: world.now + hour + minute }),
  'a month': (world: CaWorld): CaWorld => ({ ...synced(world), now: world.now + 30 * 24 * hour }),
  'the kubelets bring the Secret': synced,
  'the kubelets of demo-0 and demo-1 bring the Secret': (world: CaWorld): CaWorld => {
    const all = synced(world)
    return { ...world, members: world.members.map((member, ordinal) => (ordinal === 2 ? member : (all.members[ordinal] ?? member))) }
  },
  'a person asks for an exchange': (world: CaWorld): CaWorld => ({ ...world, asked: `ask ${world.now}` }),
  'a person revokes': (world: CaWorld): CaWorld => ({ ...world, asked: 'revoke' }),
  'a person takes the wish back': (world: CaWorld): CaWorld => ({ ...world, asked: undefined }),
  'the operator restarts a member that has to be': (world: CaWorld): CaWorld => rolled(world),
  'the node of demo-1 is cut off from the API server': (world: CaWorld): CaWorld =>
    changed(world, 1, (member) => ({ ...member, isCutOff: true })),
  'the node of demo-1 is back': (world: CaWorld): CaWorld => changed(world, 1, (member) => ({ ...member, isCutOff: false })),
  'demo-1 is made anew': (world: CaWorld): CaWorld => remade(world, 1),
  'demo-2 is made anew': (world: CaWorld): CaWorld => remade(world, 2),
  'the container of demo-0 is restarted': (world: CaWorld): CaWorld =>
    changed(world, 0, (member) => ({ ...member, loaded: member.mounted.bundle })),
  'demo-2 falls silent': (world: CaWorld): CaWorld => changed(world, 2, (member) => ({ ...member, answers: false })),
  'demo-2 answers again': (world: CaWorld): CaWorld => changed(world, 2, (member) => ({ ...member, answers: true })),
} as const

/** What the roll does: restarts the first member that has to be, where all others serve. */
export function rolled(world: CaWorld): CaWorld {
  const view = viewOf(world)
  const turn = view.pods.find((pod) => mustReload(view, pod))
  const ordinal = turn === undefined ? -1 : Number(turn.name.slice('demo-'.length))
  const others = world.members.filter((_, index) => index !== ordinal)
  return ordinal < 0 || !others.every(({ answers, loaded }) => answers && loaded !== undefined) ? world : remade(world, ordinal)
}

/** Every member answers, and every node hears of what is new. */
export function healed(world: CaWorld): CaWorld {
  return { ...world, members: world.members.map((member) => ({ ...member, answers: true, isCutOff: false })) }
}

export type Happening = keyof typeof happenings

function synced(world: CaWorld): CaWorld {
  return { ...world, members: world.members.map((member) => (member.isCutOff ? member : { ...member, mounted: world.secret })) }
}

function remade(world: CaWorld, ordinal: number): CaWorld {
  const pod = Math.max(...world.members.map((member) => member.pod)) + 1
  return changed(world, ordinal, () => ({
    pod,
    createdAt: world.now,
    mounted: world.secret,
    loaded: world.secret.bundle,
    answers: true,
    isCutOff: false,
  }))
}

function changed(world: CaWorld, ordinal: number, change: (member: CaMember) => CaMember): CaWorld {
  return { ...world, members: world.members.map((member, index) => (index === ordinal ? change(member) : member)) }
}

/** What must hold at every moment: two members that run can always begin a connection, now and after a restart of either. */
export function broken(world: CaWorld): readonly string[] {
  const running = world.members.filter(({ loaded }) => loaded !== undefined)
  const shown = new Set([...running.map(({ mounted }) => mounted.leaf), world.secret.leaf])
  const all: string[] = []
  for (const leaf of shown) {
    for (const [ordinal, { loaded, mounted }] of world.members.entries()) {
      if (loaded !== undefined && !loaded.includes(leaf)) all.push(`demo-${ordinal} has not loaded ca${leaf}, of which a leaf is in use`)
      if (!mounted.bundle.includes(leaf)) all.push(`demo-${ordinal} would not trust ca${leaf} after a restart`)
    }
    if (!world.secret.bundle.includes(leaf)) all.push(`ca${leaf} has left ca.crt while a leaf of it is in use`)
  }
  return all
}
