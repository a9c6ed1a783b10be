import type { EtcdStatus } from '../../../src/adapters/etcd/calls.ts'
import type { SnapshotSource } from '../../../src/adapters/etcd/snapshot-source.ts'
import { Failure } from '../../../src/adapters/failure.ts'
import { aSnapshot } from './snapshot/a-snapshot.ts'

export const someStatus: EtcdStatus = {
  clusterId: '7c1e0b',
  memberId: 'a1',
  version: '3.6.16',
  leaderId: 'a0',
  isLearner: false,
  raftIndex: 10,
  raftAppliedIndex: 10,
  revision: 9,
  raftTerm: 2,
  dbSize: 45_056,
  dbSizeInUse: 45_056,
  dbSizeQuota: undefined,
  storageVersion: '3.6.0',
  downgradeTarget: undefined,
  alarms: [],
}

interface Options {
  readonly status?: Partial<EtcdStatus>
  /** What a majority confirms; undefined: it has none behind it. */
  readonly revision?: string | undefined
  readonly snapshot?: Buffer
  /** The stream breaks after so many bytes. */
  readonly cutAt?: number
  /** Called before each piece is sent. */
  readonly onPiece?: (sent: number) => void
}

/** A member as a backup sees it; it sends its snapshot in pieces of 10 000 bytes. */
export function aSource({ status, revision = '7', snapshot = aSnapshot(), cutAt, onPiece }: Options = {}): SnapshotSource {
  return {
    status: async () => ({ ...someStatus, ...status }),
    async confirm() {
      return { clusterId: status?.clusterId ?? someStatus.clusterId, revision }
    },
    async *snapshot() {
      for (let sent = 0; sent < (cutAt ?? snapshot.length); sent += 10_000) {
        onPiece?.(sent)
        const blob = snapshot.subarray(sent, Math.min(sent + 10_000, cutAt ?? snapshot.length))
        yield { blob, remaining: Math.max(0, snapshot.length - sent - blob.length - 32) }
      }
      if (cutAt !== undefined) throw new Failure('unavailable', 'the connection broke')
    },
    close: () => {},
  }
}

/** A member that doesn't answer. */
export function aSilentSource(): SnapshotSource {
  const fail = async (): Promise<never> => {
    throw new Failure('timeout', 'no answer')
  }
  return { ...aSource(), status: fail, confirm: fail }
}

/** One that answers, and has lost the majority. */
export function aCutOffSource(status: Partial<EtcdStatus> = {}): SnapshotSource {
  const fail = async (): Promise<never> => {
    throw new Failure('timeout', 'no majority')
  }
  return { ...aSource({ status }), confirm: fail }
}
