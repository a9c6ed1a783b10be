import { nextVersionOf } from '../../src/model/cluster/next-version.ts'
import { quotaBytes } from '../../src/model/cluster/volume-size.ts'
import { nextOf } from './tls.ts'
import { firstQuota, viewOf } from './view-of.ts'
import type { Made, World } from './world.ts'

/** What would be written now. */
export function madeNext(world: World): Made {
  const tls = nextOf(world)
  const { made: wished = {}, storage } = world.wish
  const made = tls === undefined ? wished : { ...wished, tls }
  if (world.etcd.minor === undefined && made.version === undefined && storage === undefined && world.set?.storage === undefined) return made
  const view = viewOf({ ...world, cache: undefined })
  const [version, quota] = [nextVersionOf(view), quotaBytes(view)]
  return { ...made, ...(version === world.version ? {} : { version }), ...(quota === firstQuota ? {} : { quota }) }
}
