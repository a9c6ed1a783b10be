import { describe, expect, test } from 'vitest'
import type { TlsMode } from '../../../../../src/api/etcd-cluster.ts'
import { settingsWith } from '../../../../../src/model/cluster/member-settings.ts'
import { nextCluster } from '../../../../../src/model/cluster/next-cluster.ts'
import { templateHash } from '../../../../../src/model/cluster/revision.ts'
import { peerScheme, peerUrl } from '../../../../../src/model/names.ts'
import { tlsUnread } from '../../../../../src/model/tls/unread.ts'
import { podTemplate } from '../../../../../src/objects/cluster/stateful-set.ts'
import { whatRolls } from '../../../../../src/objects/cluster/what-rolls.ts'
import { roll } from '../../../../../src/plan/cluster/change/roll.ts'
import { settlePeerUrl } from '../../../../../src/plan/cluster/finish/settle-peer-url.ts'
import { planCluster } from '../../../../../src/plan/cluster/policy.ts'
import { aCluster, anEtcdCluster, type Scene } from '../../../../builders/a-cluster.ts'
import { certificates } from '../../../../builders/certificates.ts'
import { decides, inShort } from '../../../../builders/decides.ts'

const { tls } = anEtcdCluster().spec
const running = (mode: TlsMode, size = 3) => aCluster({ size, tls: { mode } }).running()
const asks = (view: Scene, mode: TlsMode) => view.withSpec({ tls: { ...tls, mode } }).with({ tls: certificates() })
/** The StatefulSet has the template that is next. */
const taken = (view: Scene) =>
  view.withStatefulSet({ template: templateHash(nextCluster(view)), podTemplate: podTemplate(nextCluster(view)), updateRevision: 'rev-2' })
const written = (view: Scene, name: string, profile: TlsMode) => view.withConfig(name, { profile, settings: settingsWith(view, profile) })
const aside = (view: Scene, name: string) => view.withPod(name, { serving: false })
const dialled = (view: Scene, name: string, profile: TlsMode) =>
  view.withMember(name, { peerUrl: peerUrl(view.cluster, name, peerScheme(profile)) })
const restarted = (view: Scene, name: string, profile: TlsMode) =>
  dialled(written(view, name, profile), name, profile).withPod(name, {
    uid: `new pod of ${name}`,
    revision: 'rev-2',
    startedWith: settingsWith(view, profile),
    serving: true,
  })

const up = asks(running('Off'), 'Required')
const loading = taken(up)
const loaded = ['demo-0', 'demo-1', 'demo-2'].reduce((view, name) => restarted(view, name, 'Optional'), loading)
const switching = taken(loaded)
const turn = aside(written(switching, 'demo-1', 'Required'), 'demo-1')
const down = taken(asks(running('Required'), 'Off'))

describe('a roll to TLS', () => {
  decides(roll, {
    'gives the template its certificates first': [up, 'UpdateTemplate'],
    'lets each member load the certificates': [aside(loading, 'demo-1'), 'WriteConfig demo-1=established Optional'],
    'changes no URL for that': [aside(written(loading, 'demo-1', 'Optional'), 'demo-1'), 'DeletePod demo-1'],
    'goes on only when all have loaded them': [
      aside(taken(restarted(restarted(loading, 'demo-1', 'Optional'), 'demo-2', 'Optional')).withLeader('demo-1'), 'demo-0'),
      'WriteConfig demo-0=established Optional',
    ],
    'then gives the template the environment of etcdctl': [loaded, 'UpdateTemplate'],
    'and lets one member after the other listen to its peers with TLS': [
      aside(switching, 'demo-1'),
      'WriteConfig demo-1=established Required',
    ],
    'changes the URL when the member is out of the Service, right before its process ends': [turn, 'UpdatePeerUrl demo-1 https'],
    'and ends the process then': [dialled(turn, 'demo-1', 'Required'), 'DeletePod demo-1'],
    'waits for a member that does not serve, and changes no URL meanwhile': [turn.silent('demo-2'), 'wait MemberUnhealthy demo-2'],
    'waits beside a learner, which is promoted first': [turn.withLearner('demo-3')],
    'names no certificate that is not there': [loading.with({ tls: tlsUnread('forbidden') }), 'block BadSecret'],
    'has nothing to do when all are there': [
      taken(['demo-0', 'demo-1', 'demo-2'].reduce((view, name) => restarted(view, name, 'Required'), switching)),
    ],
  })

  test('says what it changes', () => {
    expect(whatRolls(up)).toBe('TLS Off -> Optional')
    expect(whatRolls(switching)).toBe('TLS Optional -> Required')
  })
})

describe('a roll back to plain text', () => {
  const back = aside(written(down, 'demo-1', 'Optional'), 'demo-1')
  decides(roll, {
    'lets one member after the other listen to its peers in plain text': [aside(down, 'demo-1'), 'WriteConfig demo-1=established Optional'],
    'and changes its URL right before': [back, 'UpdatePeerUrl demo-1 http'],
    'waits for no certificate: it is the way out where they can not be mended': [
      aside(down, 'demo-1').with({ tls: tlsUnread('forbidden') }),
      'WriteConfig demo-1=established Optional',
    ],
    'takes the certificates when nobody listens with them': [
      aside(taken(['demo-0', 'demo-1', 'demo-2'].reduce((view, name) => restarted(view, name, 'Optional'), down)), 'demo-1'),
      'WriteConfig demo-1=established Off',
    ],
    'and the template without them at last, which restarts nobody': [
      ['demo-0', 'demo-1', 'demo-2'].reduce((view, name) => restarted(view, name, 'Off'), down),
      'UpdateTemplate',
    ],
  })
})

describe('a turn that is taken back', () => {
  const taken2 = taken(asks(turn, 'Optional'))
  decides(roll, {
    'has its file written as the member runs': [taken2, 'WriteConfig demo-1=established Optional'],
    'not while its pod ends: the next process starts with it': [taken2.withPod('demo-1', { endsBy: taken2.now })],
  })
})

describe('a cluster of one', () => {
  const alone = taken(asks(running('Optional', 1), 'Required'))
  decides(roll, {
    'gets its URL as well': [written(alone, 'demo-0', 'Required'), 'UpdatePeerUrl demo-0 https'],
    'is restarted then': [dialled(written(alone, 'demo-0', 'Required'), 'demo-0', 'Required'), 'DeletePod demo-0'],
  })
})

describe('the URL in the list', () => {
  const ahead = dialled(turn, 'demo-1', 'Required')
  const behind = dialled(restarted(switching, 'demo-1', 'Required'), 'demo-1', 'Optional')
  decides(settlePeerUrl, {
    'stays where it is right': [running('Required')],
    'follows a process that was restarted before it was changed': [behind, 'UpdatePeerUrl demo-1 https'],
    'goes ahead of a process that ends in a moment': [ahead],
    'goes back where the turn was taken back': [asks(ahead, 'Optional'), 'UpdatePeerUrl demo-1 http'],
    'goes back where the turn can not go on': [ahead.silent('demo-2'), 'UpdatePeerUrl demo-1 http'],
    'goes back where the spec is impossible, and the turn does not go on': [
      ahead.withSpec({ version: '9.9.9' }),
      'UpdatePeerUrl demo-1 http',
    ],
    'is ready for the file with which a member starts next': [
      dialled(ahead.crashed('demo-1'), 'demo-1', 'Off'),
      'UpdatePeerUrl demo-1 https',
    ],
    'is not changed without a leader': [behind.withLeader(undefined)],
    'is not changed without a majority': [behind.withoutMajority()],
    'of a learner is left alone: the change would promote it': [
      running('Required')
        .withLearner('demo-3')
        .withMember('demo-3', { peerUrl: peerUrl(up.cluster, 'demo-3') }),
    ],
  })

  test('is corrected before anybody joins, who would dial it', () => {
    const growing = behind.resized(5)
    expect(inShort(planCluster(growing))).toBe('UpdatePeerUrl demo-1 https')
  })
})
