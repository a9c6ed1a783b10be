import type { EtcdClusterStatus } from '../../api/etcd-cluster.ts'
import { isSame } from '../../model/is-same.ts'

/**
 * The most important difference between two statuses.
 * - `state`    a field that people and other controllers act on
 * - `words`    messages only
 * - `figures`  sizes and lags only
 */
export type StatusChange = 'state' | 'words' | 'figures'

/** Undefined: nothing differs. */
export function changeOf(stored: EtcdClusterStatus | undefined, status: EtcdClusterStatus): StatusChange | undefined {
  if (isSame(stored, status)) return undefined
  if (stored === undefined || !isSame(essence(stored), essence(status))) return 'state'
  return isSame(withoutFigures(stored), withoutFigures(status)) ? 'figures' : 'words'
}

/**
 * Whether a change is to be written by now, by the milliseconds since the last write and since the last write of figures alone.
 * A message that contains a count changes with every look. The figures of a cluster that has just become ready settle within seconds;
 * later they are written only now and then.
 */
export function isDue(change: StatusChange, sinceWriteMs: number, sinceFiguresMs: number): boolean {
  if (change === 'state') return true
  return change === 'words' ? sinceWriteMs >= 2_000 : sinceWriteMs >= 4_000 && sinceFiguresMs >= 60_000
}

function withoutFigures(status: EtcdClusterStatus) {
  const { dbSize: _dbSize, memberStatus, ...rest } = status
  return { ...rest, memberStatus: memberStatus?.map(({ dbSize: _size, dbSizeInUse: _inUse, raftLag: _lag, ...row }) => row) }
}

function essence(status: EtcdClusterStatus): unknown {
  const { nextStep, plan, memberStatus, conditions, ...rest } = withoutFigures(status)
  return {
    ...rest,
    nextStep: nextStep && { ...nextStep, message: undefined },
    plan: plan?.map((row) => ({ ...row, message: undefined })),
    memberStatus: memberStatus?.map((row) => ({ ...row, message: undefined })),
    conditions: conditions?.map((condition) => ({ ...condition, message: undefined })),
  }
}
