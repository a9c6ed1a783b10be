import type { Etcd, EtcdStatus } from '../../../src/adapters/etcd/calls.ts'
import { Failure } from '../../../src/adapters/failure.ts'
import type { MemberEndpoint } from '../../../src/model/names.ts'

type Alarm = EtcdStatus['alarms'][number]

interface Row {
  readonly peerUrl: string
  readonly isLearner: boolean
}

export interface FakeEtcd {
  readonly etcd: Etcd
  /** etcd's member list, by ID. */
  readonly members: ReadonlyMap<string, Row>
  /** Sizes of its database. */
  readonly database: { dbSize: number; dbSizeInUse: number }
  /** Why it refuses to defragment. */
  readonly refuses: { defragment: string | undefined }
  /** Alarms that are raised. */
  readonly alarms: Alarm[]
  /** Who leads, by ID. */
  leader(): string
  /** The version that it lets its members go back to. */
  target(): string | undefined
}

/** A cluster that answers at one URL only, that of its leader. */
export function fakeEtcd(url: string, rows: Readonly<Record<string, Row>>, leads: string): FakeEtcd {
  const members = new Map(Object.entries(rows))
  const alarms: Alarm[] = []
  const database = { dbSize: 1000, dbSizeInUse: 1000 }
  const refuses: FakeEtcd['refuses'] = { defragment: undefined }
  let leader = leads
  let target: string | undefined
  let commits = 0

  function reach(endpoint: MemberEndpoint): void {
    if (endpoint.url !== url) throw new Failure('unavailable', `${endpoint.url} refused`)
  }

  const etcd = {
    async addLearner(endpoint: MemberEndpoint, peerUrl: string) {
      reach(endpoint)
      if ([...members.values()].some((row) => row.peerUrl === peerUrl)) throw new Failure('conflict', 'Peer URLs already exists')
      members.set(`new-${members.size}`, { peerUrl, isLearner: true })
    },
    async promote(endpoint: MemberEndpoint, id: string) {
      reach(endpoint)
      const row = members.get(id)
      if (row === undefined) throw new Failure('not-found', 'member not found')
      members.set(id, { ...row, isLearner: false })
    },
    async updatePeerUrl(endpoint: MemberEndpoint, id: string, peerUrl: string) {
      reach(endpoint)
      const row = members.get(id)
      if (row === undefined) throw new Failure('not-found', 'member not found')
      if ([...members].some(([other, row]) => other !== id && row.peerUrl === peerUrl))
        throw new Failure('conflict', 'Peer URLs already exists')
      members.set(id, { ...row, peerUrl })
    },
    async remove(endpoint: MemberEndpoint, id: string) {
      reach(endpoint)
      members.delete(id)
    },
    async moveLeader(endpoint: MemberEndpoint, id: string) {
      reach(endpoint)
      leader = id
    },
    async status(endpoint: MemberEndpoint) {
      reach(endpoint)
      return { memberId: leader, alarms: [...alarms], ...database }
    },
    async enableDowngrade(endpoint: MemberEndpoint, version: string) {
      reach(endpoint)
      target = version
    },
    async cancelDowngrade(endpoint: MemberEndpoint) {
      reach(endpoint)
      target = undefined
    },
    async compact(endpoint: MemberEndpoint, revision: number) {
      reach(endpoint)
      // What was removed counts as free only some commits later, of which each request makes one.
      commits += 1
      if (commits >= 3) database.dbSizeInUse = Math.min(database.dbSizeInUse, 1000 - revision)
    },
    async defragment(endpoint: MemberEndpoint) {
      reach(endpoint)
      if (refuses.defragment !== undefined) throw new Failure('unavailable', refuses.defragment)
      database.dbSize = database.dbSizeInUse
    },
    async disarm(endpoint: MemberEndpoint, alarm: Alarm) {
      reach(endpoint)
      alarms.splice(
        alarms.findIndex(({ memberId, alarm: kind }) => memberId === alarm.memberId && kind === alarm.alarm),
        1,
      )
    },
  }
  // The changes that are made here.
  return { etcd: etcd as unknown as Etcd, members, database, refuses, alarms, leader: () => leader, target: () => target }
}
