import { afterAll, beforeAll, expect, test } from 'vitest'
import { STATEFUL_SET, type StatefulSet } from '../../src/adapters/kube/kinds.ts'
import type { Draft } from '../../src/adapters/kube/object.ts'
import { connectKube, type Kube } from '../../src/adapters/kube.ts'
import type { TlsMode } from '../../src/api/etcd-cluster.ts'
import { mergePatchTo } from '../../src/model/merge-patch.ts'
import { podTemplate, statefulSet } from '../../src/objects/cluster/stateful-set.ts'
import { templateDifferences } from '../../src/objects/cluster/template-differences.ts'
import { aCluster, anEtcdCluster } from '../builders/a-cluster.ts'
import { type ApiServer, startApiServer } from './api-server.ts'

/** What a real API server makes of the template differs in nothing that the operator would write again and again. */

let server: ApiServer
let kube: Kube & { close(): Promise<void> }
const { signal } = new AbortController()

beforeAll(async () => {
  server = await startApiServer()
  kube = connectKube({ kubeconfig: server.kubeconfig('admin'), userAgent: 'stored-template' })
})
afterAll(async () => {
  await kube?.close()
  await server?.cleanUp()
})

const modes: readonly TlsMode[] = ['Off', 'Optional', 'Required']
const clusterOf = (mode: TlsMode) => anEtcdCluster({ tls: { mode } })

async function create(mode: TlsMode): Promise<StatefulSet> {
  const made = statefulSet(aCluster({ tls: { mode } }).running(), 0)
  const { ownerReferences: _, ...metadata } = made.metadata
  const object = { ...made, metadata: { ...metadata, namespace: 'default', name: mode.toLowerCase() } } as unknown as Draft<StatefulSet>
  return kube.create(STATEFUL_SET, object, signal, { strict: true })
}

test.each(modes)('with TLS %s it is stored as it was written, whatever mode it had before', async (mode) => {
  const made = await create(mode)
  expect(templateDifferences(made.spec?.template, clusterOf(mode))).toEqual([])
  let stored = made
  for (const next of [...modes, ...modes.toReversed()]) {
    const before = templateDifferences(stored.spec?.template, clusterOf(next))
    const { namespace, name } = stored.metadata
    const template = mergePatchTo(stored.spec?.template, podTemplate(clusterOf(next)))
    const written = await kube.patch(STATEFUL_SET, { namespace, name }, { spec: { template } }, signal)
    const after = JSON.stringify(written.spec?.template)
    expect(templateDifferences(written.spec?.template, clusterOf(next))).toEqual([])
    expect(before.length > 0).toBe(after !== JSON.stringify(stored.spec?.template))
    expect(after.includes('ETCDCTL_CACERT')).toBe(next === 'Required')
    expect(after.includes('demo-server-tls')).toBe(next !== 'Off')
    stored = written
  }
})
