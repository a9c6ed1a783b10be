import { get } from 'node:http'
import { messageOf } from '../../model/message-of.ts'
import { Failure } from '../failure.ts'

/** Facts about a member from its metrics page, which answers before the member serves clients. */
export interface RaftStatus {
  readonly memberId: string
  readonly version: string
  readonly hasLeader: boolean
  readonly isLearner: boolean
  /** 0 until it has applied an entry since its start. */
  readonly raftAppliedIndex: number
  /** Revision of the key space that it holds, from its database and what it has applied since. */
  readonly revision: number
  /** Bytes of the database file, and of the part of it that is in use. */
  readonly dbSize: number
  readonly dbSizeInUse: number
  /** IDs of the members that it has a connection to. */
  readonly connectedTo: readonly string[]
  /** The member copies its database, and answers nothing on its client port until that is done. */
  readonly isDefragmenting: boolean
}

/** etcd's page has about 200 kB. */
const maxBytes = 2 ** 20

/**
 * Reads a member's metrics page. `url` is that of `--listen-metrics-urls` (plain HTTP).
 * Failures: `unavailable`, `timeout`, and `bug` where the page isn't etcd's.
 */
export async function readMetricsPage(url: string, deadlineMs: number, signal: AbortSignal | undefined): Promise<RaftStatus> {
  return parseMetrics(await fetchText(`${url}/metrics`, deadlineMs, signal), url)
}

/**
 * Names and labels as etcd registers them (server/etcdserver/metrics.go and api/rafthttp/metrics.go, server/storage/mvcc/metrics.go), the
 * same from 3.5 to 3.7.
 */
export function parseMetrics(text: string, url: string): RaftStatus {
  const memberId = /^etcd_server_id\{server_id="([0-9a-f]+)"\} 1$/m.exec(text)?.[1]
  const version = /^etcd_server_version\{server_version="([^"]+)"\} 1$/m.exec(text)?.[1]
  if (memberId === undefined || version === undefined) throw new Failure('bug', `${url} doesn't look like etcd's metrics`)
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0)
  return {
    memberId,
    version,
    hasLeader: value('etcd_server_has_leader') === 1,
    isLearner: value('etcd_server_is_learner') === 1,
    raftAppliedIndex: value('etcd_server_proposals_applied_total'),
    revision: value('etcd_debugging_mvcc_current_revision'),
    dbSize: value('etcd_mvcc_db_total_size_in_bytes'),
    dbSizeInUse: value('etcd_mvcc_db_total_size_in_use_in_bytes'),
    connectedTo: [...text.matchAll(/^etcd_network_active_peers\{Local="[0-9a-f]+",Remote="([0-9a-f]+)"\} [1-9]/gm)].flatMap(
      ([, id]) => id ?? [],
    ),
    isDefragmenting: value('etcd_disk_defrag_inflight') === 1,
  }
}

/** Bounded in size and time. Failures: `unavailable`, `timeout`. */
export function fetchText(url: string, deadlineMs: number, signal: AbortSignal | undefined): Promise<string> {
  const deadline = AbortSignal.timeout(deadlineMs)
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) =>
      reject(new Failure(deadline.aborted ? 'timeout' : 'unavailable', `${url}: ${messageOf(error)}`, { cause: error }))
    const request = get(url, { signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]) }, (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > maxBytes) return request.destroy(new Error('the page is too large'))
        chunks.push(chunk)
        return undefined
      })
      response.on('error', fail)
      response.on('end', () =>
        response.statusCode === 200 ? resolve(Buffer.concat(chunks).toString('utf8')) : fail(new Error(`HTTP ${response.statusCode}`)),
      )
    })
    request.on('error', fail)
  })
}
