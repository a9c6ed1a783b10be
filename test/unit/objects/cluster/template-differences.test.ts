import { describe, expect, test } from 'vitest'
import { podTemplate } from '../../../../src/objects/cluster/stateful-set.ts'
import { templateDifferences } from '../../../../src/objects/cluster/template-differences.ts'
import { anEtcdCluster } from '../../../builders/a-cluster.ts'

type Template = { metadata: Record<string, unknown>; spec: Record<string, unknown> & { containers: Record<string, unknown>[] } }

const cluster = anEtcdCluster({
  pod: {
    resources: { requests: { cpu: '0.1', memory: '1024Mi' } },
    nodeSelector: { disk: 'fast' },
    tolerations: [{ key: 'a', effect: '' }],
  },
})

/** As the API server keeps it: with its defaults, in its own way to write quantities, and without what is empty. */
function stored(): Template {
  const template = structuredClone(podTemplate(cluster)) as Template
  Object.assign(template.metadata, { creationTimestamp: null })
  Object.assign(template.spec, { dnsPolicy: 'ClusterFirst', restartPolicy: 'Always', schedulerName: 'default-scheduler' })
  Object.assign(template.spec, { tolerations: [{ key: 'a' }] })
  Object.assign(template.spec.containers[0] ?? {}, {
    resources: { requests: { cpu: '100m', memory: '1Gi' } },
    terminationMessagePath: '/dev/termination-log',
  })
  return template
}

const paths = (live: unknown) => templateDifferences(live, cluster).map(({ path }) => path)

test('a template as the API server keeps it differs in nothing', () => {
  expect(templateDifferences(stored(), cluster)).toEqual([])
})

describe('an edit is found in', () => {
  test.each<[string, (template: Template) => void, string]>([
    ['the image', ({ spec }) => Object.assign(spec.containers[0] ?? {}, { image: 'etcd:v3.7.3' }), 'spec.containers[etcd].image'],
    ['the environment', ({ spec }) => Object.assign(spec.containers[0] ?? {}, { env: [] }), 'spec.containers[etcd].env'],
    ['a further container', ({ spec }) => void spec.containers.push({ name: 'debug' }), 'spec.containers'],
    [
      'a request',
      ({ spec }) => Object.assign(spec.containers[0] ?? {}, { resources: { requests: { cpu: '2', memory: '1Gi' } } }),
      'spec.containers[etcd].resources.requests.cpu',
    ],
    [
      'a limit that nobody asks for',
      ({ spec }) =>
        Object.assign(spec.containers[0] ?? {}, { resources: { requests: { cpu: '100m', memory: '1Gi' }, limits: { cpu: '1' } } }),
      'spec.containers[etcd].resources.limits',
    ],
    ['a further node label', ({ spec }) => Object.assign(spec, { nodeSelector: { disk: 'fast', zone: 'z' } }), 'spec.nodeSelector.zone'],
    [
      'a further kind of affinity',
      ({ spec }) => Object.assign(spec.affinity as object, { nodeAffinity: { required: 1 } }),
      'spec.affinity.nodeAffinity',
    ],
    ['a class', ({ spec }) => Object.assign(spec, { priorityClassName: 'high' }), 'spec.priorityClassName'],
    ['a service account', ({ spec }) => Object.assign(spec, { serviceAccountName: 'admin' }), 'spec.serviceAccountName'],
    ['a label that is gone', ({ metadata }) => Object.assign(metadata, { labels: {} }), 'metadata.labels'],
  ])('%s', (_, edit, path) => {
    const template = stored()
    edit(template)
    expect(paths(template)).toEqual(expect.arrayContaining([expect.stringContaining(path)]))
  })
})

test('what others add to labels and annotations is left alone', () => {
  const template = stored()
  Object.assign(template.metadata.annotations as object, { 'kubectl.kubernetes.io/restartedAt': 'now' })
  expect(paths(template)).toEqual([])
})
