import { describe, expect, test } from 'vitest'
import type { TlsMode } from '../../../../src/api/etcd-cluster.ts'
import { settingsWith } from '../../../../src/model/cluster/member-settings.ts'
import { peerScheme, peerUrl } from '../../../../src/model/names.ts'
import { podMarks } from '../../../../src/objects/cluster/marks.ts'
import { volumeMarks } from '../../../../src/objects/cluster/volume-marks.ts'
import { readMemberConfig } from '../../../../src/objects/etcd-config/config-file.ts'
import { initialPeers, memberConfigText } from '../../../../src/objects/etcd-config/member-config.ts'
import { scaleUp } from '../../../../src/plan/cluster/change/scale-up.ts'
import { correctJoiningConfig } from '../../../../src/plan/cluster/finish/joining.ts'
import { bootstrap } from '../../../../src/plan/cluster/without-majority/bootstrap.ts'
import { recreateObjects } from '../../../../src/plan/cluster/without-majority/recreate-objects.ts'
import { replaceIdlePods } from '../../../../src/plan/cluster/without-majority/replace-idle-pods.ts'
import { aCluster, anEtcdCluster, clusterId, type Scene } from '../../../builders/a-cluster.ts'
import { decides } from '../../../builders/decides.ts'

const { tls } = anEtcdCluster().spec
const { mode: _, ...unsaid } = tls
const running = (mode: TlsMode, size = 3) => aCluster({ size, tls: { mode } }).running()
const asks = (view: Scene, mode: TlsMode) => view.withSpec({ tls: { ...tls, mode } })
const at = (view: Scene, name: string, profile: TlsMode) =>
  view.withMember(name, { peerUrl: peerUrl(view.cluster, name, peerScheme(profile)) })
const file = (view: Scene, name: string, profile: TlsMode) => view.withConfig(name, { profile, settings: settingsWith(view, profile) })
const all = ['demo-0', 'demo-1', 'demo-2']

describe('a member that joins', () => {
  const members = [...all, 'demo-3', 'demo-4']
  const prepared = (view: Scene) =>
    ['demo-3', 'demo-4'].reduce((scene, name, index) => {
      const list = members.slice(0, 4 + index)
      return scene.withConfig(name, { state: 'joining', members: list, peerUrls: initialPeers(scene, list).map((peer) => peer.peerUrl) })
    }, view)
  const grown = running('Required').resized(5)
  const mixed = at(asks(running('Optional'), 'Required'), 'demo-1', 'Required').resized(5)
  decides(scaleUp, {
    'has the URL of the profile that is next': [prepared(grown), 'AddLearner demo-3'],
    'gets its file anew where the list has other URLs since': [
      at(prepared(grown), 'demo-1', 'Off'),
      'WriteConfig demo-3=joining(0 2 1 3) demo-4=joining(0 2 1 3 4)',
    ],
    'gets its file anew where another profile is next': [
      file(prepared(grown), 'demo-3', 'Optional'),
      'WriteConfig demo-3=joining(0 1 2 3)',
    ],
  })

  test('is added with the scheme on which it will listen', () => {
    expect(scaleUp(prepared(grown))).toMatchObject({ step: { peerUrl: 'https://demo-3.demo-peers.ns.svc:2380' } })
    expect(scaleUp(prepared(mixed))).toMatchObject({ step: { peerUrl: 'https://demo-3.demo-peers.ns.svc:2380' } })
  })

  const added = running('Required', 5).without('demo-4').withLearner('demo-4', { started: false })
  const joins = (view: Scene) => {
    const list = [...all, 'demo-3', 'demo-4']
    return view.withConfig('demo-4', { state: 'joining', members: list, peerUrls: initialPeers(view, list).map((peer) => peer.peerUrl) })
  }
  decides(correctJoiningConfig, {
    'has the list exactly': [joins(added)],
    'gets it anew where the scheme of one URL was changed since': [
      at(joins(added), 'demo-1', 'Off'),
      'WriteConfig demo-4=joining(0 2 3 4 1)',
    ],
    'listens as it was added, whatever is next': [file(joins(added), 'demo-4', 'Optional'), 'WriteConfig demo-4=joining(0 1 2 3 4)'],
  })
})

describe('a pod that joins', () => {
  const learner = running('Required').withLearner('demo-3', { started: false })
  const marked = (view: Scene) => podMarks(view).find(({ name }) => name === 'demo-3')?.annotations['etcd-operator.dev/started-with']
  const old = settingsWith(learner, 'Optional')

  test('is marked anew while its file is written anew, until its member has started', () => {
    expect(marked(learner)).toBeUndefined()
    expect(marked(learner.withPod('demo-3', { startedWith: old, etcd: { state: 'terminated' } }))).toBe(settingsWith(learner, 'Required'))
    // It would not run with the URL of its old file.
    expect(marked(learner.withPod('demo-3', { startedWith: old }))).toBe(settingsWith(learner, 'Required'))
    // So one that has started runs with the URL with which it was added, whatever its mark says.
    expect(marked(learner.withLearner('demo-3').withPod('demo-3', { startedWith: old }))).toBe(settingsWith(learner, 'Required'))
    const fits = running('Optional').withLearner('demo-3')
    expect(marked(fits.withPod('demo-3', { startedWith: settingsWith(fits, 'Off') }))).toBeUndefined()
  })
})

describe('a member that does not run', () => {
  const crashed = (view: Scene) => view.crashed('demo-1', 'other')
  const optional = asks(running('Optional'), 'Required')
  const changed = at(file(running('Optional'), 'demo-1', 'Required'), 'demo-1', 'Required')
  const wished = changed.withPod('demo-1', { startedWith: settingsWith(changed, 'Required') })
  decides(replaceIdlePods, {
    'loads the certificates at once': [crashed(asks(running('Off'), 'Optional')), 'WriteConfig demo-1=established Optional'],
    'gets a pod that has them': [file(crashed(asks(running('Off'), 'Optional')), 'demo-1', 'Optional'), 'UpdateTemplate'],
    'changes its scheme, when it is the only one': [crashed(optional), 'WriteConfig demo-1=established Required'],
    'goes back to plain text where the wish was taken back': [asks(crashed(wished), 'Optional'), 'WriteConfig demo-1=established Optional'],
    'keeps its scheme beside another that can not be dialled': [crashed(at(optional, 'demo-2', 'Required'))],
    'keeps its scheme without a majority': [
      ['demo-0', 'demo-1', 'demo-2'].reduce((view, name) => view.crashed(name, 'other'), optional).withoutMajority(),
      'UpdateTemplate',
    ],
  })
})

describe('a cluster', () => {
  const found = (mode?: TlsMode) =>
    all.reduce(
      (view, name) =>
        view.withVolume(name, {
          ...{ clusterUid: 'earlier', clusterId, memberId: `m-${name}`, incarnation: 'old', tls: mode },
          voters: all.map((one) => `${one}=m-${one}`).join(','),
        }),
      aCluster({ bootstrap: { existingVolumes: 'Adopt' } }),
    )
  decides(bootstrap, {
    'begins with the mode that its spec asks for': [aCluster({ tls: { mode: 'Required' } }), 'FreezeBootstrap 3 Required'],
    'begins with TLS where its spec says nothing': [aCluster().withSpec({ tls: unsaid }), 'FreezeBootstrap 3 Required'],
    'begins without TLS where its spec asks for that': [aCluster({ tls: { mode: 'Off' } }), 'FreezeBootstrap 3'],
    'that is brought back goes on as its volumes are marked': [found('Required'), 'FreezeBootstrap 3 demo-0 demo-1 demo-2 Required'],
    'that is brought back and was never marked had none': [found(), 'FreezeBootstrap 3 demo-0 demo-1 demo-2'],
  })

  test('that is brought back gets files as each volume is marked', () => {
    const view = found('Required')
      .withVolume('demo-1', { tls: 'Optional' })
      .withStatus({ bootstrap: { size: 3, token: 't', incarnation: 'old', adopted: [...all], tls: 'Required' }, clusterID: clusterId })
    expect(recreateObjects(view)).toMatchObject({ step: { do: 'WriteConfig' } })
    expect(all.map((name) => initialPeersOf(view, name))).toEqual(['Required', 'Optional', 'Required'])
  })

  test('marks its volumes with TLS as soon as it has any', () => {
    const marks = (view: Scene) => volumeMarks(view).map(({ annotations }) => annotations['etcd-operator.dev/tls'])
    expect(marks(running('Off')).filter(Boolean)).toEqual([])
    expect(marks(running('Required'))).toEqual(['Required', 'Required', 'Required'])
    expect(marks(running('Off').withVolume('demo-1', { tls: 'Optional' })).filter(Boolean)).toEqual(['Off'])
  })
})

function initialPeersOf(view: Scene, name: string): TlsMode | undefined {
  const text = memberConfigText(view, name, { state: 'established' })
  return readMemberConfig(text).profile
}
