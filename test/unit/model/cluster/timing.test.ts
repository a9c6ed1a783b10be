import { describe, expect, test } from 'vitest'
import { memberSettings, settingsId, wantedSettings } from '../../../../src/model/cluster/member-settings.ts'
import { nextTiming } from '../../../../src/model/cluster/timing.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'

const timed = (heartbeatInterval: string, electionTimeout: string) => ({ etcd: { heartbeatInterval, electionTimeout } })
const running = (heartbeat: string, election: string) => aCluster(timed(heartbeat, election)).running().withCurrentConfigs()
const asks = (scene: Scene, heartbeat: string, election: string) =>
  scene.withSpec({ etcd: { ...scene.cluster.spec.etcd, ...timed(heartbeat, election).etcd } })
const inShort = (scene: Scene) => {
  const { heartbeatMs, electionMs } = nextTiming(scene)
  return `${heartbeatMs}/${electionMs}`
}
/** A member that was restarted with what is due next. */
const restarted = (scene: Scene, name: string) => {
  const { text = '' } = scene.withCurrentConfigs().config.state === 'ours' ? (configs(scene.withCurrentConfigs()).get(name) ?? {}) : {}
  return scene.withConfig(name, { text }).withPod(name, { startedWith: wantedSettings(scene) })
}
const configs = (scene: Scene) => (scene.config.state === 'ours' ? scene.config.value.members : new Map<string, { text: string }>())

describe('heartbeat and election timeout', () => {
  test('are those of the spec where nothing changes', () => {
    expect(inShort(running('100ms', '1s'))).toBe('100/1000')
  })

  test.each([
    ['a longer heartbeat that fits what runs', '200ms', '1s', '200/1000'],
    ['a longer election timeout', '100ms', '5s', '100/5000'],
    ['a shorter heartbeat', '50ms', '1s', '50/1000'],
    ['both, as long as each fits the other', '150ms', '2s', '150/2000'],
  ])('are changed in one roll: %s', (_, heartbeat, election, timing) => {
    expect(inShort(asks(running('100ms', '1s'), heartbeat, election))).toBe(timing)
  })

  test('go up in two rolls: the election timeout first, then the heartbeat', () => {
    let scene = asks(running('100ms', '1s'), '500ms', '5s')
    expect(inShort(scene)).toBe('100/5000')
    for (const name of ['demo-0', 'demo-1']) scene = restarted(scene, name)
    expect(inShort(scene)).toBe('100/5000')
    scene = restarted(scene, 'demo-2')
    expect(inShort(scene)).toBe('500/5000')
    scene = restarted(scene, 'demo-0')
    expect(inShort(scene)).toBe('500/5000')
  })

  test('go down in two rolls: the heartbeat first, then the election timeout', () => {
    let scene = asks(running('500ms', '5s'), '100ms', '1s')
    expect(inShort(scene)).toBe('100/5000')
    for (const name of ['demo-0', 'demo-1', 'demo-2']) scene = restarted(scene, name)
    expect(inShort(scene)).toBe('100/1000')
  })

  test('wait for a process that was not restarted since its file was written', () => {
    const scene = asks(running('100ms', '1s'), '500ms', '5s')
    const old = settingsId(memberSettings(running('100ms', '1s')))
    const written = ['demo-0', 'demo-1', 'demo-2'].reduce(restarted, scene).withPod('demo-2', { startedWith: old })
    expect(inShort(written)).toBe('100/5000')
  })
})
