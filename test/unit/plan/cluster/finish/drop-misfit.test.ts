import { describe } from 'vitest'
import type { TlsMode } from '../../../../../src/api/etcd-cluster.ts'
import type { Member } from '../../../../../src/model/cluster/view.ts'
import { dropMisfit } from '../../../../../src/plan/cluster/finish/drop-misfit.ts'
import { aCluster, type Scene } from '../../../../builders/a-cluster.ts'
import { decides, stage } from '../../../../builders/decides.ts'

const running = (mode: TlsMode) => aCluster({ size: 5, tls: { mode } }).running(4)
const learner = { id: 'late', name: 'demo-4', peerUrl: 'https://demo-4.demo-peers.ns.svc:2380', isLearner: true, published: false } as const
const listing = (view: Scene, changes: Partial<Member> = {}) =>
  view.withMembership([...view.members(), { ...learner, ...changes } as Member])
const second = { name: undefined, peerUrl: 'https://demo-3.demo-peers.ns.svc:2380' } as const

describe('dropMisfit', () => {
  decides(dropMisfit, {
    'removes a learner that would listen with TLS beside members without certificates': [listing(running('Off')), 'RemoveMember demo-4'],
    'removes it while one member has no certificates yet': [
      listing(running('Optional').withPod('demo-1', { startedWith: 'hash.1000-100' })),
      'RemoveMember demo-4',
    ],
    'lets it join members that have the certificates': [listing(running('Optional'))],
    'lets a learner in plain text join': [listing(running('Required'), { peerUrl: 'http://demo-4.demo-peers.ns.svc:2380' })],
    'removes the second learner of a name that has a member': [listing(running('Off'), second), 'RemoveMember demo-3'],
    'leaves a learner that has started': [listing(running('Off'), { ...second, published: true })],
    'leaves a voter to people': [listing(running('Off'), { ...second, isLearner: false })],
    'leaves strangers to people': [listing(running('Off'), { name: undefined, peerUrl: 'https://10.0.0.9:2380' })],
  })

  decides(stage('finish'), {
    'comes before the learner gets its file': [listing(running('Off')), 'RemoveMember demo-4'],
    'comes before people are told of a stranger': [listing(running('Off'), second), 'RemoveMember demo-3'],
  })
})
