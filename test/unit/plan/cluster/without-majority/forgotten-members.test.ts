import { describe, expect, test } from 'vitest'
import { forgottenMembers } from '../../../../../src/plan/cluster/without-majority/forgotten-members.ts'
import { aCluster, type Scene } from '../../../../builders/a-cluster.ts'
import { decides } from '../../../../builders/decides.ts'

/** The cluster had grown to five, and the API server knows only the three of before. */
const setBack = aCluster({ size: 3 }).running(3).withMember('demo-3').withMember('demo-4')
const leaving = aCluster({ size: 3 }).running(4)

describe('forgottenMembers', () => {
  decides(forgottenMembers, {
    'holds a cluster whose API server knows nothing of two voters': [setBack, 'block TimeTravel'],
    'holds it for one as well': [setBack.unlisted('demo-4'), 'block TimeTravel'],
    'is content where the spec asks for them again: they are replaced as members that lost their volumes': [setBack.resized(5)],
    'is content with a member that leaves': [leaving],
    'is content with a member that was ended to leave': [leaving.withoutPod('demo-3').withStatefulSet({ replicas: 3 })],
    'is content with a member whose claim somebody deleted while it was leaving': [
      leaving.withoutPod('demo-3').withoutVolume('demo-3').withStatefulSet({ replicas: 3 }),
    ],
    'is content where somebody deleted the ConfigMap': [setBack.with({ config: { state: 'absent' } })],
    'is content where somebody deleted the StatefulSet': [setBack.with({ statefulSet: { state: 'absent' } })],
    'is content with a member that was added and never started': [setBack.unlisted('demo-4').withMember('demo-3', { published: false })],
    'is content with a learner': [setBack.unlisted('demo-4').withMember('demo-3', { isLearner: true })],
    'is content without a list': [setBack.withoutMajority()],
    'leaves another cluster ID to another rule': [setBack.withMembership(setBack.members(), 'beef')],
  })

  test('names the members, and both ways out', () => {
    const decision = forgottenMembers(setBack as Scene)
    expect(decision).toMatchObject({
      message: expect.stringMatching(
        /demo-3 \(a3\), demo-4 \(a4\).*Set spec\.size to what it was; or.*etcdctl member remove a3 and kubectl exec demo-0 -- etcdctl member remove a4/,
      ),
    })
  })
})
