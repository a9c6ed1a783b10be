import { describe, expect, test } from 'vitest'
import { unknownMember } from '../../../../../src/plan/cluster/finish/unknown-member.ts'
import { aCluster, type Scene } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

const running = aCluster().running()
const unstarted = running.withMembership([
  ...running.members(),
  { id: 'beef', name: undefined, peerUrl: 'http://10.0.0.9:2380', isLearner: false, published: false },
])

describe('unknownMember', () => {
  decides(unknownMember, {
    'stops beside a member that somebody else added': [running.withStranger(), 'block UnknownMember'],
    'is content with members of its own': [running],
    'lets a member that has started get its guard': [
      running.withStranger().withConfig('demo-0', { state: 'bootstrap' }),
      'WriteConfig demo-0=established',
    ],
    'lets a listed member have its pod': [running.withStranger().withStatefulSet({ replicas: 2 }), 'SetReplicas 3'],
  })

  const message = (view: Scene) => {
    const decision = unknownMember(view)
    return decision?.kind === 'block' ? decision.message : undefined
  }

  test('says that one that never started blocks joins and counts', () => {
    expect(message(unstarted)).toMatch(/never started, and it counts for the majority.*no other member can join.*member remove beef/)
  })

  test('says that one that has started counts', () => {
    expect(message(running.withStranger())).toMatch(/has started, and it counts for the majority.*member remove beef/)
    expect(message(running.withStranger())).not.toContain('can join')
  })
})
