import type { SnapshotSource } from '../../adapters/etcd/snapshot-source.ts'
import { isFailure } from '../../adapters/failure.ts'
import type { BackupTask } from '../../model/agent/task.ts'
import { known, unknown } from '../../model/known.ts'
import { Refusal } from '../refusal.ts'
import { type Answer, type Candidate, chooseSources } from './choose-sources.ts'

export interface OpenSource extends Candidate {
  readonly connection: SnapshotSource
  /** A revision that a majority confirmed just now, and that this member has applied. */
  readonly revision: string
}

type Endpoints = Pick<BackupTask, 'clusterId' | 'endpoints'>

/**
 * Asks all members, and opens the best member that can prove a majority by a linearizable read. The caller closes the source.
 *
 * @throws Refusal `NoHealthyMember`, `ForeignCluster`, `AuthenticationEnabled`
 */
export async function openSource({ clusterId, endpoints }: Endpoints, connect: (url: string) => SnapshotSource): Promise<OpenSource> {
  const connections = new Map(endpoints.map(({ url }) => [url, connect(url)]))
  let chosen: OpenSource | undefined
  try {
    const answers = await Promise.all(endpoints.map(({ member, url }) => ask(member, url, connections.get(url))))
    chosen = await firstConfirmed(chooseSources(answers, clusterId), connections, clusterId)
    return chosen
  } finally {
    for (const connection of connections.values()) if (connection !== chosen?.connection) connection.close()
  }
}

async function ask(member: string, url: string, connection: SnapshotSource | undefined): Promise<Answer> {
  try {
    return { member, url, status: connection === undefined ? unknown('not asked') : known(await connection.status()) }
  } catch (error) {
    if (!isFailure(error)) throw error
    if (error.kind === 'forbidden') throw authenticated(member, error.message)
    return { member, url, status: unknown(error.message) }
  }
}

/** Tries the members one after the other: a member that can't confirm a revision may be partitioned, and would send an old state. */
async function firstConfirmed(
  candidates: readonly Candidate[],
  connections: ReadonlyMap<string, SnapshotSource>,
  clusterId: string,
): Promise<OpenSource> {
  const against: string[] = []
  for (const candidate of candidates) {
    const connection = connections.get(candidate.url)
    if (connection === undefined) continue
    try {
      const confirmed = await connection.confirm()
      if (confirmed.clusterId === clusterId) return { ...candidate, connection, revision: confirmed.revision }
      against.push(`${candidate.member}: belongs to cluster ${confirmed.clusterId}`)
    } catch (error) {
      if (!isFailure(error)) throw error
      if (error.kind === 'forbidden') throw authenticated(candidate.member, error.message)
      against.push(`${candidate.member}: ${error.message}`)
    }
  }
  throw new Refusal('NoHealthyMember', `no member has a majority behind it: ${against.join('; ')}`)
}

/** Authentication is on for all members or for none, so one answer is enough. */
function authenticated(member: string, said: string): Refusal {
  return new Refusal(
    'AuthenticationEnabled',
    `etcd's authentication is on, and the agent has no user: switch it off with etcdctl --user=root auth disable; ${member}: ${said}`,
  )
}
