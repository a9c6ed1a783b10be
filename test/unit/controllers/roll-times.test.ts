import { expect, test } from 'vitest'
import { RollTimes } from '../../../src/controllers/roll-times.ts'
import { templateHash } from '../../../src/model/cluster/revision.ts'
import { aCluster } from '../../builders/a-cluster.ts'

const wished = aCluster({ version: '3.6.11' }).running().withSpec({ version: '3.6.16' })
const rolling = wished.withStatefulSet({ template: templateHash(wished.cluster), version: '3.6.16', updateRevision: 'rev-2' })
const restarted = (view: typeof rolling, name: string) =>
  view
    .withAnswer(name, { version: '3.6.16' })
    .withPod(name, { uid: `new ${name}`, revision: 'rev-2', image: 'gcr.io/etcd-development/etcd:v3.6.16' })

test('a member that serves again is told with the time that it was away, and the roll at its end', () => {
  const times = new RollTimes()
  const note = (view: typeof rolling) => times.ended(view).map((event) => `${event.reason} ${event.note}`)
  const begin = rolling.monotonicMs
  times.restarted('demo-1', 'pod-demo-1', 'version 3.6.11 -> 3.6.16', begin)
  expect(note(rolling.later(500))).toEqual([])
  expect(note(restarted(rolling, 'demo-1').withPod('demo-1', { ready: false }).later(900))).toEqual([])
  const first = restarted(rolling, 'demo-1').later(2_000)
  expect(note(first)).toEqual(['MemberUpdated demo-1 serves again with what it should run (2.0 s)'])
  expect(note(first)).toEqual([])
  times.restarted('demo-2', 'pod-demo-2', 'version 3.6.11 -> 3.6.16', begin + 3_000)
  const second = restarted(first, 'demo-2').later(2_500)
  expect(note(second)).toEqual(['MemberUpdated demo-2 serves again with what it should run (1.5 s)'])
  times.restarted('demo-0', 'pod-demo-0', 'version 3.6.11 -> 3.6.16', begin + 5_000)
  expect(note(restarted(second, 'demo-0').later(3_000))).toEqual([
    'MemberUpdated demo-0 serves again with what it should run (2.5 s)',
    'RolledOut 3 of 3 members updated: version 3.6.11 -> 3.6.16 (7.5 s)',
  ])
})
