import { known } from '../../src/model/known.ts'
import { minorKey } from '../../src/model/versions.ts'
import { aCluster, type Scene, type SpecWish } from './a-cluster.ts'

interface Versions {
  /** What each member runs, from demo-0 on. */
  readonly runs: readonly string[]
  readonly wanted: string
  /** What pods are created with; by default what the first member runs. */
  readonly carried?: string
  /** x.y: the cluster's version, which the data of every member from 3.6 on has; by default the lowest minor version that runs. */
  readonly data?: string
  /** x.y: the version that etcd lets its members go back to. */
  readonly target?: string
  readonly logsFrom?: string
  readonly spec?: SpecWish
}

/** A running cluster whose members may run several versions of etcd. */
export function betweenVersions({ runs, wanted, carried = runs[0] ?? wanted, data, target, logsFrom, spec = {} }: Versions): Scene {
  const lowest = runs.map((version) => minorKey(version) ?? '').toSorted()[0]
  const scene = aCluster({ ...spec, size: runs.length, version: carried }).running()
  const told = runs.reduce((before, version, index) => {
    const isOld = minorKey(version) === '3.5'
    return before.withAnswer(`demo-${index}`, {
      version,
      storageVersion: isOld ? undefined : `${data ?? lowest}.0`,
      downgradeTarget: isOld || target === undefined ? undefined : `${target}.0`,
    })
  }, scene)
  const status = logsFrom === undefined ? told : told.withStatus({ ...told.cluster.status, logsFrom })
  // What was read agrees with the list, unless a test says otherwise.
  const rows = status.members().map(({ id, isLearner }) => ({ id, isLearner }))
  const stored = known(new Map(runs.map((_, index) => [`demo-${index}`, rows])))
  return status.with({ storedMembers: stored }).withSpec({ ...spec, version: wanted })
}
