import { describe } from 'vitest'
import { replaceNeverStarted } from '../../../../../src/plan/cluster/repair/replace-never-started.ts'
import { aCluster, idOf, now } from '../../../../builders/a-cluster.ts'
import { decides, stage } from '../../../../builders/decides.ts'

const late = { unstartedSince: new Map([[idOf('demo-2'), now - 6 * 60_000]]) }
/** demo-2 is a founder that has not started by now. */
const neverStarted = aCluster().running().withMember('demo-2', { published: false }).silent('demo-2').remembering(late)

describe('replaceNeverStarted', () => {
  decides(replaceNeverStarted, {
    'takes a founder off the list that has not started within its deadline': [neverStarted, 'RemoveMember demo-2'],
    'gives it its time': [neverStarted.remembering({ unstartedSince: new Map([[idOf('demo-2'), now - 60_000]]) })],
    'gives it its time when an operator sees it for the first time': [neverStarted.remembering({ unstartedSince: new Map() })],
    'keeps one that has published itself': [neverStarted.withMember('demo-2', { published: true })],
    'keeps it while another voter is silent': [neverStarted.silent('demo-1')],
    'keeps it while another voter ends': [neverStarted.withPod('demo-1', { endsBy: 1 })],
    'takes one of two off the list, which would wait for each other without end': [
      aCluster({ size: 5 })
        .running()
        .withMember('demo-3', { published: false })
        .withMember('demo-4', { published: false })
        .silent('demo-3')
        .silent('demo-4')
        .remembering({ unstartedSince: new Map(['demo-3', 'demo-4'].map((name) => [idOf(name), now - 6 * 60_000])) }),
      'RemoveMember demo-3',
    ],
    'keeps the only one': [
      aCluster({ size: 1 })
        .running()
        .withMember('demo-0', { published: false })
        .withLeader(undefined)
        .remembering({ unstartedSince: new Map([[idOf('demo-0'), now - 6 * 60_000]]) }),
    ],
    'keeps one that leads': [neverStarted.withLeader('demo-2')],
    'has nothing to do when all run': [aCluster().running()],
  })
})

describe('the stage repair', () => {
  const asked = neverStarted.withSpec({ repair: { ...neverStarted.cluster.spec.repair, automatic: false } })
  decides(stage('repair'), {
    'takes it off the list where repair is automatic': [neverStarted, 'RemoveMember demo-2'],
    'waits for an approval where it is not: it is a replacement': [asked, 'block ApprovalNeeded demo-2'],
  })
})
