import { describe, expect, test } from 'vitest'
import type { TlsMode } from '../../../../src/api/etcd-cluster.ts'
import { settingsWith } from '../../../../src/model/cluster/member-settings.ts'
import { nextCluster } from '../../../../src/model/cluster/next-cluster.ts'
import { whyOutdated } from '../../../../src/model/cluster/revision.ts'
import {
  clusterMode,
  keptProfile,
  misdialled,
  needsSecrets,
  nextProfile,
  profileIn,
  profileOf,
  templateMode,
  wishedMode,
} from '../../../../src/model/cluster/tls.ts'
import { known } from '../../../../src/model/known.ts'
import { peerScheme, peerUrl } from '../../../../src/model/names.ts'
import { aCluster, anEtcdCluster, type Scene } from '../../../builders/a-cluster.ts'
import { aServed } from '../../../builders/certificates.ts'

const { tls } = anEtcdCluster().spec
const running = (mode: TlsMode = 'Off') => aCluster({ tls: { mode } }).running()
const asks = (scene: Scene, mode: TlsMode | undefined) => {
  const { mode: _, ...rest } = scene.cluster.spec.tls
  return scene.withSpec({ tls: mode === undefined ? rest : { ...tls, mode } })
}
/** Its file is written, as in its turn. */
const written = (scene: Scene, name: string, profile: TlsMode) =>
  scene.withConfig(name, { profile, settings: settingsWith(scene, profile) })
/** It was restarted with that file, and its URL fits. */
const restarted = (scene: Scene, name: string, profile: TlsMode) =>
  written(scene, name, profile)
    .withPod(name, { startedWith: settingsWith(scene, profile) })
    .withMember(name, { peerUrl: peerUrl(scene.cluster, name, peerScheme(profile)) })
const all = ['demo-0', 'demo-1', 'demo-2']
const allRestarted = (scene: Scene, profile: TlsMode) => all.reduce((next, name) => restarted(next, name, profile), scene)

describe('the profile that members get next', () => {
  test('is the wished one where they run it', () => {
    for (const mode of ['Off', 'Optional', 'Required'] as const) expect(nextProfile(running(mode))).toBe(mode)
  })

  test('goes up in two rolls: all load the certificates before any listens to peers with TLS', () => {
    let scene = asks(running(), 'Required')
    expect(nextProfile(scene)).toBe('Optional')
    for (const name of ['demo-0', 'demo-1']) scene = restarted(scene, name, 'Optional')
    expect(nextProfile(scene)).toBe('Optional')
    scene = restarted(scene, 'demo-2', 'Optional')
    expect(nextProfile(scene)).toBe('Required')
    scene = restarted(scene, 'demo-2', 'Required')
    expect(nextProfile(scene)).toBe('Required')
  })

  test('goes down in two rolls: all listen to peers in plain text before any gives up the certificates', () => {
    let scene = asks(running('Required'), 'Off')
    for (const name of all) {
      expect(nextProfile(scene)).toBe('Optional')
      scene = restarted(scene, name, 'Optional')
    }
    expect(nextProfile(scene)).toBe('Off')
    scene = restarted(scene, 'demo-0', 'Off')
    expect(nextProfile(scene)).toBe('Off')
  })

  test('turns round half way', () => {
    const half = restarted(asks(running(), 'Required'), 'demo-1', 'Optional')
    expect(nextProfile(asks(half, 'Off'))).toBe('Off')
    const later = restarted(asks(allRestarted(running(), 'Optional'), 'Required'), 'demo-1', 'Required')
    expect(nextProfile(asks(later, 'Off'))).toBe('Optional')
    expect(nextProfile(asks(later, 'Optional'))).toBe('Optional')
  })

  test('waits for a process that was not restarted since its file was written, and for a file that any restart would take up', () => {
    const optional = asks(allRestarted(running(), 'Optional'), 'Required')
    const old = settingsWith(optional, 'Off')
    expect(nextProfile(optional.withPod('demo-2', { startedWith: old }))).toBe('Optional')
    expect(nextProfile(written(optional, 'demo-2', 'Off'))).toBe('Optional')
  })

  test('is not Off while the list still says https of a member, whatever runs', () => {
    const optional = asks(allRestarted(running('Required'), 'Optional'), 'Off')
    expect(nextProfile(optional)).toBe('Off')
    expect(nextProfile(optional.withMember('demo-1', { peerUrl: peerUrl(optional.cluster, 'demo-1', 'https') }))).toBe('Optional')
  })

  test('counts a learner, which runs as well', () => {
    const optional = asks(allRestarted(running(), 'Optional'), 'Required')
    const learner = optional.withLearner('demo-3').withConfig('demo-3', { profile: 'Off', settings: settingsWith(optional, 'Off') })
    expect(nextProfile(learner.withPod('demo-3', { startedWith: settingsWith(optional, 'Off') }))).toBe('Optional')
  })

  test('is what was frozen until the cluster is pinned: the first members have each other’s URLs in their files', () => {
    const begun = aCluster({ tls: { mode: 'Required' } }).starting()
    expect(nextProfile(begun)).toBe('Required')
    expect(nextProfile(asks(begun, 'Off'))).toBe('Required')
  })

  test('is one hop from what the cluster had, where every object is lost', () => {
    const lost = aCluster({ tls: { mode: 'Required' } })
      .frozen()
      .pinned()
    expect(nextProfile(lost.withStatus({ tls: { mode: 'Off' } }))).toBe('Optional')
    expect(nextProfile(lost.withStatus({ tls: { mode: 'Required' } }))).toBe('Required')
  })
})

describe('a spec without a mode', () => {
  test('wishes what the cluster has', () => {
    for (const mode of ['Off', 'Optional', 'Required'] as const) expect(wishedMode(asks(running(mode), undefined))).toBe(mode)
  })

  test('never makes TLS weaker: on the way the stronger mode counts', () => {
    const half = restarted(asks(running(), 'Optional'), 'demo-1', 'Optional')
    expect(wishedMode(asks(half, undefined))).toBe('Optional')
    const down = restarted(asks(running('Required'), 'Optional'), 'demo-1', 'Optional')
    expect(wishedMode(asks(down, undefined))).toBe('Required')
  })

  test('wishes what the status says, what the volumes are marked with, or what the cluster began with, where nothing runs', () => {
    const lost = asks(aCluster().frozen().pinned(), undefined)
    expect(wishedMode(lost)).toBe('Off')
    expect(wishedMode(lost.withVolume('demo-0', { tls: 'Required' }))).toBe('Required')
    expect(wishedMode(lost.withStatus({ tls: { mode: 'Optional' } }))).toBe('Optional')
    expect(wishedMode(asks(aCluster({ tls: { mode: 'Required' } }).starting(), undefined))).toBe('Required')
  })

  test('has what the cluster begins with until that is formed, whatever was told while nothing could begin', () => {
    const blocked = asks(aCluster(), undefined)
    expect(clusterMode(blocked)).toBe('Required')
    expect(clusterMode(aCluster({ tls: { mode: 'Off' } }))).toBe('Off')
    const begun = aCluster({ tls: { mode: 'Required' } }).frozen()
    expect(clusterMode(asks(begun, undefined).withStatus({ tls: { mode: 'Off' } }))).toBe('Required')
  })
})

test('the mode of the cluster is the weakest that a member runs', () => {
  expect(clusterMode(restarted(asks(running(), 'Optional'), 'demo-1', 'Optional'))).toBe('Off')
  expect(clusterMode(restarted(asks(running('Required'), 'Optional'), 'demo-1', 'Optional'))).toBe('Optional')
  expect(clusterMode(running('Required'))).toBe('Required')
})

describe('the template', () => {
  test('has what the strongest file needs, whichever way the members go', () => {
    const up = written(asks(running(), 'Optional'), 'demo-1', 'Optional')
    expect(templateMode(up)).toBe('Optional')
    const down = restarted(asks(allRestarted(running(), 'Optional'), 'Off'), 'demo-1', 'Off')
    expect([nextProfile(down), templateMode(down)]).toEqual(['Off', 'Optional'])
    expect(templateMode(allRestarted(down, 'Off'))).toBe('Off')
  })

  test('is made from the EtcdCluster itself where that says the same', () => {
    const plain = running()
    expect(nextCluster(plain)).toBe(plain.cluster)
    expect(nextCluster(asks(plain, undefined)).spec.tls.mode).toBeUndefined()
    expect(nextCluster(asks(plain, 'Required')).spec.tls.mode).toBe('Optional')
  })

  test('and every pod that has certificates needs the Secrets', () => {
    expect(needsSecrets(running())).toBe(false)
    expect(needsSecrets(asks(running(), 'Required'))).toBe(true)
    expect(needsSecrets(allRestarted(running('Required'), 'Off').withSpec({ tls: { ...tls, mode: 'Off' } }))).toBe(false)
  })
})

describe('a file that is written outside of its member’s turn keeps', () => {
  test('the profile that the member runs', () => {
    expect(keptProfile(asks(running(), 'Required'), 'demo-1')).toBe('Off')
    expect(keptProfile(asks(running('Required'), 'Off').withoutConfig('demo-1'), 'demo-1')).toBe('Required')
  })

  test('for a learner the scheme with which it was added', () => {
    const grown = running('Required').withLearner('demo-3', { started: false })
    expect(keptProfile(asks(grown, 'Off'), 'demo-3')).toBe('Required')
    const plain = allRestarted(running(), 'Optional').withLearner('demo-3', { started: false })
    expect(keptProfile(asks(plain, 'Required').withoutPod('demo-3'), 'demo-3')).toBe('Optional')
  })

  test('for a name that is not listed yet what is next', () => {
    expect(keptProfile(running('Required'), 'demo-3')).toBe('Required')
    expect(keptProfile(asks(running(), 'Required'), 'demo-3')).toBe('Optional')
  })

  test('what the cluster had, where the member has no pod and no file', () => {
    const lost = running('Required').withoutPod('demo-1').withoutConfig('demo-1').withoutMajority()
    expect(keptProfile(lost.withStatus({ tls: { mode: 'Required' } }), 'demo-1')).toBe('Required')
  })
})

describe('a process that was restarted with another file than its pod is marked with', () => {
  const shows = (scene: Scene, name: string, plainPeers: boolean, served: string | undefined) => {
    const peer = { plain: known(plainPeers), served: known(plainPeers ? undefined : aServed('a')), accepts: new Map() }
    const client = { plain: known(plainPeers), served: known(served === undefined ? undefined : aServed(served)), accepts: new Map() }
    const members = new Map([[name, { uid: `pod-${name}`, client, peer }]])
    return scene.withPod(name, { restarts: 1 }).with({ tls: { ...scene.tls, members } })
  }
  const optional = allRestarted(running(), 'Optional').withSpec({ tls: { ...tls, mode: 'Optional' } })

  test('is what its ports show, for whatever follows from it', () => {
    const ahead = shows(optional, 'demo-1', false, 'a')
    expect(profileOf(ahead, 'demo-1')).toBe('Required')
    expect(misdialled(ahead).map(({ name }) => name)).toEqual(['demo-1'])
    expect(nextProfile(asks(ahead, 'Off'))).toBe('Optional')
    const without = shows(optional, 'demo-1', true, undefined)
    expect(profileOf(without, 'demo-1')).toBe('Off')
    expect(nextProfile(asks(without, 'Required'))).toBe('Optional')
  })

  test('is restarted, so that mark and process agree', () => {
    expect(whyOutdated(optional, 'demo-1')).toEqual([])
    expect(whyOutdated(shows(optional, 'demo-1', true, 'a'), 'demo-1')).toEqual([])
    expect(whyOutdated(shows(optional, 'demo-1', false, 'a'), 'demo-1')).toEqual(['settings'])
  })

  test('is not restarted for what a first process shows: nothing would make that better', () => {
    expect(whyOutdated(shows(optional, 'demo-1', false, 'a').withPod('demo-1', { restarts: 0 }), 'demo-1')).toEqual([])
  })

  test('tells nothing of the pod that takes its place', () => {
    expect(profileOf(shows(optional, 'demo-1', false, 'a').withPod('demo-1', { uid: 'another' }), 'demo-1')).toBe('Optional')
  })
})

describe('a URL in the list is wrong', () => {
  const other = (scene: Scene, name: string) => scene.withMember(name, { peerUrl: peerUrl(scene.cluster, name, 'https') })
  test('where it is not the one on which the process listens', () => {
    expect(misdialled(running('Required'))).toEqual([])
    expect(misdialled(other(running(), 'demo-1')).map(({ name }) => name)).toEqual(['demo-1'])
  })

  test('where it is not the one on which the next process will listen, and none runs', () => {
    const scene = other(written(allRestarted(running(), 'Optional'), 'demo-1', 'Required'), 'demo-1')
    expect(misdialled(scene).map(({ name }) => name)).toEqual(['demo-1'])
    expect(misdialled(scene.withPod('demo-1', { endsBy: scene.now }))).toEqual([])
    expect(misdialled(scene.withoutPod('demo-1'))).toEqual([])
  })

  test('never of a learner, which a change of its URL would promote', () => {
    expect(misdialled(other(running().withLearner('demo-3'), 'demo-3'))).toEqual([])
  })
})

test.each([
  [undefined, undefined],
  ['4fd1.100-1000', 'Off'],
  ['4fd1.100-1000.Optional', 'Optional'],
  ['4fd1.100-1000.Required', 'Required'],
])('settings %s are of the profile %s', (settings, profile) => {
  expect(profileIn(settings)).toBe(profile)
})
