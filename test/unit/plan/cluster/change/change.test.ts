import { describe, expect, test } from 'vitest'
import { memberSettings } from '../../../../../src/model/cluster/member-settings.ts'
import { invalidSpec } from '../../../../../src/plan/cluster/change/invalid-spec.ts'
import { aCluster } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const running = aCluster().running()

const mebi = 2 ** 20
/** Members that run with one quota, and are asked for another; demo-1 has a database of so many mebibytes. */
const quota = (has: string, asked: number, database: number) => {
  const scene = aCluster({ storage: { size: '2Gi' }, etcd: { quotaBackendBytes: has } }).running()
  const files = ['demo-0', 'demo-1', 'demo-2'].reduce(
    (one, name) => one.withConfig(name, { quotaBytes: Number.parseInt(has, 10) * mebi }),
    scene,
  )
  return files
    .withAnswer('demo-1', { dbBytes: database * mebi })
    .withSpec({ storage: scene.cluster.spec.storage, etcd: { ...scene.cluster.spec.etcd, quotaBackendBytes: `${asked}Mi` } })
}

/** The same members, and the spec asks for no quota any more: 819 MiB follow from volumes of 2 GiB. */
const derived = (has: string, database: number) => {
  const asking = quota(has, 300, database)
  const { quotaBackendBytes: _, ...etcd } = asking.cluster.spec.etcd
  return asking.withSpec({ etcd })
}

describe('invalidSpec', () => {
  decides(invalidSpec, {
    'blocks a size that can not be': [running.resized(2), 'block InvalidSpec'],
    'blocks a flag that the operator owns': [
      running.withSpec({ etcd: { ...running.cluster.spec.etcd, extraArgs: { 'data-dir': '/tmp' } } }),
      'block InvalidSpec',
    ],
    'is content with a sound spec': [running],
    'blocks a quota below the database of a member': [quota('400Mi', 300, 350), 'block InvalidSpec'],
    'is content with a lower quota that every database fits': [quota('400Mi', 300, 299)],
    'blocks a quota that falls below the database of a member because the spec names none any more': [
      derived('950Mi', 900),
      'block InvalidSpec',
    ],
    'and one that falls with the size of a volume': [
      derived('400Mi', 350).withVolume('demo-2', { capacityBytes: 500 * mebi }),
      'block InvalidSpec',
    ],
    'blocks it for a member that is silent as well': [
      quota('400Mi', 300, 350)
        .withConfig('demo-1', { quotaBytes: 300 * mebi })
        .silent('demo-2'),
      'block InvalidSpec',
    ],
    'is content with a quota that follows from the volumes and that every database fits': [derived('950Mi', 800)],
    'is content with a higher quota, however large a database is': [quota('300Mi', 400, 500)],
  })
})

test('a quota that is refused is given to no member that joins, or comes back, either', () => {
  expect(memberSettings(quota('400Mi', 300, 350)).quotaBackendBytes).toBe(400 * mebi)
  expect(memberSettings(derived('950Mi', 900)).quotaBackendBytes).toBe(950 * mebi)
  expect(memberSettings(quota('400Mi', 300, 299)).quotaBackendBytes).toBe(300 * mebi)
})
