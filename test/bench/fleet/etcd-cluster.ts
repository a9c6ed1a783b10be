import { readMemberConfig } from '../../../src/objects/etcd-config/config-file.ts'
import { clusterIdOf, memberIdOf } from './names.ts'

/** A member as etcd lists it; a number of 64 bits is a decimal string, as the protocol's encoder takes it. */
export interface StandInMember {
  readonly ID: string
  readonly peerURLs: readonly string[]
  name: string
  clientURLs: readonly string[]
  isLearner: boolean
}

/** gRPC's status code and etcd's text. */
export class Refusal extends Error {
  readonly code: number

  constructor(code: number, text: string) {
    super(text)
    this.code = code
  }
}

/**
 * What may run in a pod instead of etcd, because its image is the user's.
 * - `rows`       lists 20 000 members
 * - `ordinal`    lists a member whose name has the ordinal 999999
 * - `megabytes`  says of itself in eight megabytes what a status says
 * - `endless`    begins a reply, and goes on for ever
 */
export type Mischief = 'rows' | 'ordinal' | 'megabytes' | 'endless'

/** What a stand-in for etcd's members knows of one cluster: who is listed, and which processes run. Consensus is taken for granted. */
export class StandInCluster {
  readonly #name: string
  readonly #members: StandInMember[] = []
  readonly #running = new Set<string>()
  #mischief: Mischief | undefined

  constructor(name: string) {
    this.#name = name
  }

  /** The process of a member starts with its config file, as etcd would: it founds the cluster, joins it, or goes on. */
  start(member: string, configText: string): void {
    const config = readMemberConfig(configText)
    if (config.state === 'bootstrap' && this.#members.length === 0) {
      for (const { name, peerUrl } of config.members) this.#list(name, peerUrl, false)
    }
    const listed = this.#members.find(({ ID }) => ID === String(memberIdOf(member)))
    if (listed === undefined) throw new Error(`${member} is not listed and its config says ${config.state}`)
    listed.name = member
    listed.clientURLs = listed.peerURLs.map((url) => url.replace(':2380', ':2379'))
    this.#running.add(member)
  }

  /** Members that were formed before: each is listed as a started voter. */
  adopt(members: readonly { readonly name: string; readonly peerUrl: string }[]): void {
    for (const { name, peerUrl } of members) {
      const listed = this.#list(name, peerUrl, false)
      listed.name = name
      listed.clientURLs = [peerUrl.replace(':2380', ':2379')]
      this.#running.add(name)
    }
  }

  turn(mischief: Mischief): void {
    this.#mischief = mischief
  }

  stop(member: string): void {
    this.#running.delete(member)
  }

  answer(member: string, call: string, request: Readonly<Record<string, unknown>>): object | 'endless' {
    if (this.#mischief === 'endless') return 'endless'
    switch (call) {
      case 'Maintenance.Status':
        return this.#status(member)
      case 'Cluster.MemberList':
        return { header: this.#header(member), members: [...this.#members, ...this.#strangers()] }
      case 'Cluster.MemberAdd': {
        const [peerUrl = ''] = request.peerURLs as readonly string[]
        if (this.#members.some(({ peerURLs }) => peerURLs.includes(peerUrl))) throw new Refusal(9, 'etcdserver: Peer URLs already exists')
        const name = /^https?:\/\/([^.]+)\./.exec(peerUrl)?.[1] ?? ''
        const added = this.#list(name, peerUrl, true)
        return { header: this.#header(member), member: added, members: this.#members }
      }
      case 'Cluster.MemberPromote':
        this.#find(request.ID).isLearner = false
        return { header: this.#header(member), members: this.#members }
      case 'Cluster.MemberRemove':
        this.#members.splice(this.#members.indexOf(this.#find(request.ID)), 1)
        return { header: this.#header(member), members: this.#members }
      case 'Maintenance.MoveLeader':
        return {}
      // Nobody has switched authentication on, or made a user.
      case 'Auth.AuthStatus':
        return { header: this.#header(member), enabled: false, authRevision: '1' }
      case 'Auth.UserList':
        return { header: this.#header(member), users: [] }
      case 'Auth.RoleList':
        return { header: this.#header(member), roles: [] }
      case 'Auth.UserGet':
        throw new Refusal(9, 'etcdserver: user name not found')
      default:
        throw new Refusal(12, `the stand-in doesn't know ${call}`)
    }
  }

  #status(member: string): object {
    const own = this.#find(String(memberIdOf(member)))
    // Every member has applied everything, and the log grows as that of a cluster with a little traffic does.
    const index = String(1_000 + Math.floor(performance.now() / 1000))
    return {
      header: this.#header(member),
      version: '3.6.16',
      dbSize: '20480',
      dbSizeInUse: '16384',
      dbSizeQuota: '2147483648',
      storageVersion: '3.6.0',
      leader: this.#leader(),
      raftIndex: index,
      raftAppliedIndex: index,
      raftTerm: '2',
      isLearner: own.isLearner,
      ...(this.#mischief === 'megabytes' ? { errors: ['x'.repeat(8 * 2 ** 20)] } : {}),
    }
  }

  #strangers(): readonly StandInMember[] {
    const stranger = (ordinal: number): StandInMember => {
      const name = `${this.#name}-${ordinal}`
      const [url = ''] = this.#members[0]?.peerURLs ?? []
      const host = url.replace(`//${this.#members[0]?.name}.`, `//${name}.`)
      return { ID: String(1_000_000 + ordinal), peerURLs: [host], clientURLs: [host.replace(':2380', ':2379')], name, isLearner: false }
    }
    if (this.#mischief === 'rows') return Array.from({ length: 20_000 }, (_, index) => stranger(10 + index))
    return this.#mischief === 'ordinal' ? [stranger(999_999)] : []
  }

  /** The first voter that runs. */
  #leader(): string {
    return this.#members.find(({ name, isLearner }) => !isLearner && this.#running.has(name))?.ID ?? '0'
  }

  #header(member: string): object {
    return { cluster_id: String(clusterIdOf(this.#name)), member_id: String(memberIdOf(member)), revision: '1', raft_term: '2' }
  }

  #list(name: string, peerUrl: string, isLearner: boolean): StandInMember {
    const member = { ID: String(memberIdOf(name)), peerURLs: [peerUrl], name: '', clientURLs: [], isLearner }
    this.#members.push(member)
    return member
  }

  #find(id: unknown): StandInMember {
    const found = this.#members.find(({ ID }) => ID === id)
    if (found === undefined) throw new Refusal(5, 'etcdserver: member not found')
    return found
  }
}
