import { expect, test } from 'vitest'
import { strangersInWords } from '../../../../src/model/cluster/strangers.ts'
import type { Membership } from '../../../../src/model/cluster/view.ts'
import { aCluster } from '../../../builders/a-cluster.ts'

const three = aCluster().running()
const of = ({ membership }: { membership: typeof three.membership }): Membership =>
  membership.known ? membership.value : { clusterId: '', members: [] }

test('of a list of started members of ours no voter is strange', () => {
  expect(strangersInWords(of(three))).toBeUndefined()
  expect(strangersInWords(of(three.withLearner('demo-3', { started: false })))).toBeUndefined()
})

test('a voter that somebody else added, or that never started, is told with the majority that it counts for', () => {
  expect(strangersInWords(of(three.withStranger()))).toMatch(
    /^lists voter beef \(http:\/\/10.0.0.9:2380\), added by somebody else, which counts for the majority of 4: start it, /,
  )
  expect(strangersInWords(of(three.withMember('demo-2', { published: false }).withStranger()))).toMatch(
    /^lists voter demo-2 \(http:.*\), never started, voter beef .*, which count for the majority of 4: start them, /,
  )
})
