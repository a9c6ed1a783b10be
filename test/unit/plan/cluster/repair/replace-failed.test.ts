import { describe } from 'vitest'
import { aCluster, idOf, now } from '../../../../builders/a-cluster.ts'
import { decides, stage } from '../../../../builders/decides.ts'

const late = { unstartedSince: new Map([[idOf('demo-2'), now - 6 * 60_000]]) }
/** demo-2 is a founder that has not started by now. */
const neverStarted = aCluster().running().withMember('demo-2', { published: false }).silent('demo-2').remembering(late)
const lost = aCluster().running().crashed('demo-1', 'empty-volume')

describe('repair', () => {
  decides(stage('repair'), {
    'takes a founder off the list that has not started within its deadline': [neverStarted, 'RemoveMember demo-2'],
    'gives it its time': [neverStarted.remembering({ unstartedSince: new Map([[idOf('demo-2'), now - 60_000]]) })],
    'gives it its time when an operator sees it for the first time': [neverStarted.remembering({ unstartedSince: new Map() })],
    'keeps one that has published itself': [neverStarted.withMember('demo-2', { published: true })],
    'keeps it while another voter is silent': [neverStarted.silent('demo-1')],
    'keeps it while another voter ends': [neverStarted.withPod('demo-1', { endsBy: 1 })],
    'keeps one that leads': [neverStarted.withLeader('demo-2')],

    'tells people of a voter whose volume is lost': [lost, 'block VolumeLost demo-1'],
    'leaves it to scaling when it is to leave': [lost.resized(1)],
    'says nothing of a voter that merely crashes': [aCluster().running().crashed('demo-1')],
    'says nothing of a member whose guard was never set': [lost.withConfig('demo-1', { state: 'bootstrap' })],
    'has nothing to do when all run': [aCluster().running()],
  })
})
