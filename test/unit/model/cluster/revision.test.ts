import { describe, expect, test } from 'vitest'
import { annotation } from '../../../../src/api/labels.ts'
import { memberSettings, settingsId, wantedSettings } from '../../../../src/model/cluster/member-settings.ts'
import { hasOlderForm, podSpecHash, templateHash, whyOutdated } from '../../../../src/model/cluster/revision.ts'
import { podTemplate } from '../../../../src/objects/cluster/stateful-set.ts'
import { aCluster, anEtcdCluster, type Scene } from '../../../builders/a-cluster.ts'

const running = aCluster().running()
const { spec } = running.cluster
const pod = (changes: Partial<typeof spec.pod>) => running.withSpec({ pod: { ...spec.pod, ...changes } })
const etcd = (changes: Partial<typeof spec.etcd>) => running.withSpec({ etcd: { ...spec.etcd, ...changes } })
/** A window that is open at any time. */
const inWindow = (view: Scene) =>
  view.withSpec({
    maintenance: { ...view.cluster.spec.maintenance, windows: [{ schedule: '* * * * *', duration: '1h', timeZone: 'Etc/UTC' }] },
  })
const restart = (view: Scene, at: string) => view.annotated({ 'kubectl.kubernetes.io/restartedAt': at })

const resources = pod({ resources: { requests: { cpu: '1' } } })
/** The first member's turn has come: the StatefulSet has the template, and no pod is made from it yet. */
const withNewTemplate = (view: Scene) =>
  view.withStatefulSet({ podTemplate: podTemplate(view.cluster), template: templateHash(view.cluster), updateRevision: 'rev-2' })

describe('a member has to be restarted', () => {
  test.each<readonly [string, Scene, readonly string[]]>([
    ['for nothing, as long as it runs what it should', running, []],
    ['for another version', running.withSpec({ version: '3.6.17' }), ['version', 'pod']],
    ['for another image', running.withSpec({ image: { ...spec.image, repository: 'mirror/etcd' } }), ['pod']],
    ['for other resources', pod({ resources: { requests: { cpu: '1' } } }), ['pod']],
    ['for another class', pod({ priorityClassName: 'high' }), ['pod']],
    ['for another selector', pod({ nodeSelector: { disk: 'ssd' } }), ['pod']],
    ['not for a label', pod({ labels: { team: 'a' } }), []],
    ['not for an annotation', pod({ annotations: { note: 'a' } }), []],
    [
      'not for how images are pulled',
      running.withSpec({ image: { ...spec.image, pullPolicy: 'Always', pullSecrets: [{ name: 's' }] } }),
      [],
    ],
    ['for a setting of etcd', etcd({ snapshotCount: 20_000 }), ['settings']],
    ['for a quota', etcd({ quotaBackendBytes: '100Mi' }), ['settings']],
    ['not for the same quota in other words', etcd({ quotaBackendBytes: String(Math.floor(0.4 * 2 ** 30)) }), []],
    ['for an argument', etcd({ extraArgs: { 'max-txn-ops': '200' } }), ['settings']],
    ['for a quota that follows its volume', running.withVolume('demo-2', { capacityBytes: 2 ** 29 }), ['settings']],
    ['for another size of the cluster not', running.resized(5), []],
    ['for a restart that somebody asks for', restart(running, 'today'), ['restart']],
    ['not for that restart again', restart(running.withPod('demo-1', { restartedAt: 'today' }), 'today'), []],
    ['not because the request was taken back', running.withPod('demo-1', { restartedAt: 'today' }), []],
    [
      'for another version that its pod was given by hand',
      running.withAnswer('demo-1', { version: '3.6.11' }).withPod('demo-1', { revision: 'rev-0' }),
      ['version'],
    ],
    ['not for a registry that a webhook prefers', running.withPod('demo-1', { image: 'mirror/etcd:v3.6.16', revision: 'rev-0' }), []],
    ['not for a digest that a webhook writes', running.withPod('demo-1', { image: 'mirror/etcd@sha256:abc', revision: 'rev-0' }), []],
    ['not for the template of another version of the operator', running.withPod('demo-1', { revision: 'rev-0' }), []],
    [
      'not for what only another version of the operator does differently',
      running.withPod('demo-1', { revision: 'rev-0', annotations: {} }),
      [],
    ],
    ['for that in a maintenance window', inWindow(running.withPod('demo-1', { revision: 'rev-0', annotations: {} })), ['operator']],
    ['in a maintenance window for other resources, which the template has already', inWindow(withNewTemplate(resources)), ['pod']],
    ['in a maintenance window not for a label', inWindow(running.withPod('demo-1', { revision: 'rev-0' })), []],
    ['not again when its pod has the newest template, whatever it runs', running.withAnswer('demo-1', { version: '3.6.11' }), []],
  ])('%s', (_, view, why) => {
    expect(whyOutdated(view, 'demo-1')).toEqual(why)
  })
})

/**
 * A new version of the operator must restart no member whose spec has not been changed. When one of these fails the operator's upgrade
 * would restart all members of all clusters: leave a new field out of the hash while it has its default.
 */
test('a member that waits for its turn is not said to be as another version of the operator makes pods', () => {
  expect(hasOlderForm(withNewTemplate(resources), 'demo-1')).toBe(false)
  expect(hasOlderForm(running.withPod('demo-1', { annotations: {} }), 'demo-1')).toBe(true)
})

describe('an upgrade of the operator restarts nobody: these stay as they are', () => {
  const plain = anEtcdCluster({ version: '3.6.16', storage: { size: '8Gi' } })
  const rich = anEtcdCluster({
    version: '3.5.35',
    image: { repository: 'mirror/etcd' },
    storage: { size: '8Gi' },
    etcd: { quotaBackendBytes: '1Gi', snapshotCount: 5000, extraArgs: { 'max-txn-ops': '200' } },
    pod: { labels: { team: 'a' }, resources: { requests: { cpu: '1' } }, nodeSelector: { disk: 'ssd' } },
  })
  const settings = (cluster: typeof plain) => settingsId(memberSettings({ ...aCluster(), cluster }))

  test.each([
    [plain, '9fc3ab41fa d7a37c8306 04ec8120ba.100-1000'],
    [rich, 'f6faaf1580 7df6196dec cd683979ca.100-1000'],
  ])('%#', (cluster, hashes) => {
    expect([templateHash(cluster), podSpecHash(cluster), settings(cluster)].join(' ')).toBe(hashes)
  })

  test('so does the form of a pod: another one belongs into the CHANGELOG, because windows roll it out', () => {
    expect(podTemplate(plain)).toMatchObject({ metadata: { annotations: { [annotation.templateForm]: '4ad03d77ca' } } })
    expect(podTemplate(rich)).toMatchObject({ metadata: { annotations: { [annotation.templateForm]: '9d8ef58181' } } })
  })
})

test('the version of a patch changes no settings, that of a minor does', () => {
  const of = (version: string) => wantedSettings(aCluster({ version }).running())
  expect(of('3.6.17')).toBe(of('3.6.16'))
  expect(of('3.7.3')).not.toBe(of('3.6.16'))
})
