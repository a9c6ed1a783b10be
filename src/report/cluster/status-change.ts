import type { EtcdClusterStatus } from '../../api/etcd-cluster.ts'
import { isSame } from '../../model/is-same.ts'

/**
 * The most important difference between two statuses.
 * - `state`    a field that people and other controllers act on
 * - `words`    messages only
 * - `figures`  sizes and lags only
 * - `performance`  how fast the members are, and nothing else
 */
export type StatusChange = 'state' | 'words' | 'figures' | 'performance'

/** Undefined: nothing differs. */
export function changeOf(stored: EtcdClusterStatus | undefined, status: EtcdClusterStatus): StatusChange | undefined {
  if (isSame(stored, status)) return undefined
  if (stored === undefined || !isSame(essence(stored), essence(status))) return 'state'
  if (!isSame(withoutFigures(stored), withoutFigures(status))) return 'words'
  return isSame({ ...stored, performance: undefined }, { ...status, performance: undefined }) ? 'performance' : 'figures'
}

/**
 * Whether a change is to be written by now, by the milliseconds since the last write, since the last write of figures alone, and since the
 * last one with other figures of performance.
 * A message that contains a count changes with every look. The figures of a cluster that has just become ready settle within seconds;
 * later they are written only now and then.
 */
export function isDue(
  change: StatusChange,
  since: { readonly write: number; readonly figures: number; readonly performance: number },
): boolean {
  switch (change) {
    case 'state':
      return true
    case 'words':
      return since.write >= 2_000
    case 'figures':
      return since.write >= 4_000 && since.figures >= 60_000
    case 'performance':
      return since.write >= 4_000 && since.performance >= 600_000
  }
}

function withoutFigures(status: EtcdClusterStatus) {
  const { dbSize: _dbSize, memberStatus, performance, ...rest } = status
  return {
    ...rest,
    hint: performance?.hint,
    memberStatus: memberStatus?.map(({ dbSize: _size, dbSizeInUse: _inUse, raftLag: _lag, ...row }) => row),
  }
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
