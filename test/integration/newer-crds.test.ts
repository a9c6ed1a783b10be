import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CUSTOM_RESOURCE_DEFINITION, ETCD_CLUSTER, STATEFUL_SET } from '../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../src/adapters/kube/object.ts'
import { annotation } from '../../src/api/labels.ts'
import { type Fleet, openFleet } from '../bench/fleet/fleet.ts'
import { clusterName, fleetNamespace } from '../bench/fleet/names.ts'
import { runNode, until } from '../cluster/command.ts'
import { timedProgress } from '../cluster/progress.ts'

/** An operator that is older than the CRDs, after a downgrade or before an upgrade: with fields that it has never heard of. */

const { signal } = new AbortController()
const ref = { namespace: fleetNamespace, name: clusterName(0) }
const future = { mode: 'Careful', deep: { list: [1, 2], text: 'as it was' } }
let fleet: Fleet

interface Newer extends KubeObject {
  readonly spec: { readonly size: number; readonly future?: unknown; readonly maintenance: { readonly future?: unknown } }
  readonly status?: { readonly future?: unknown; readonly members?: number; readonly ready?: string; readonly plan?: readonly unknown[] }
}
const newer = ETCD_CLUSTER as ResourceKind<KubeObject> as ResourceKind<Newer> // The same kind, as its newer CRD has it.
const seen = async () => {
  const cluster = await fleet.kube.get(newer, ref, signal)
  if (cluster === undefined) throw new Error('no EtcdCluster')
  return cluster
}

beforeAll(async () => {
  expect(await runNode(['scripts/build.ts'], { quiet: true })).toBe(0)
  fleet = await openFleet(1, timedProgress())
  await fleet.kube.apply(crds, newerDefinition(), signal, { force: true })
  await until('the newer fields are served', 30_000, async () => {
    const spec = { future, maintenance: { future } }
    const patched = await fleet.kube.patch(newer, ref, { spec }, signal)
    return patched.spec.future === undefined ? undefined : true
  })
  await fleet.kube.patch(newer, ref, { status: { future } }, signal, { subresource: 'status' })
  await fleet.startOperator('older')
}, 300_000)
afterAll(() => fleet?.cleanUp())

test('it carries out what it knows, and every field that it does not know stays as it is', async () => {
  await fleet.kube.patch(newer, ref, { spec: { size: 5 } }, signal)
  await until('it has grown', 90_000, async () => ((await seen()).status?.ready === '5/5' ? true : undefined))
  // Writes of the status, with and without a plan, and of the metadata: the finalizer.
  await fleet.kube.patch(newer, ref, { metadata: { annotations: { [annotation.dryRun]: 'true' } }, spec: { size: 3 } }, signal)
  await until('it tells the plan', 30_000, async () => ((await seen()).status?.plan?.length ? true : undefined))
  await fleet.kube.patch(newer, ref, { metadata: { annotations: { [annotation.dryRun]: null } } }, signal)
  await fleet.kube.patch(newer, ref, { spec: { storage: { deletionPolicy: 'Delete' } } }, signal)
  await until('it has the finalizer', 30_000, async () => ((await seen()).metadata.finalizers?.length ? true : undefined))
  await until('it has shrunk', 90_000, async () => ((await seen()).status?.members === 3 ? true : undefined))

  const { spec, status } = await seen()
  expect(spec.future).toEqual(future)
  expect(spec.maintenance.future).toEqual(future)
  expect(status?.future).toEqual(future)
  expect(status?.plan).toBeUndefined()
  // Unknown fields restart nothing and are no other template.
  const set = await fleet.kube.get(STATEFUL_SET, ref, signal)
  expect(set?.spec?.replicas).toBe(3)
})

const crds = CUSTOM_RESOURCE_DEFINITION as ResourceKind<KubeObject>

function newerDefinition(): KubeObject {
  const definition = load(readFileSync('crds/etcdclusters.yaml', 'utf8')) as Definition // Ours: unit tests look at its form.
  const { spec, status } = definition.spec.versions[0].schema.openAPIV3Schema.properties
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  spec.properties.future = anything
  const { maintenance } = spec.properties
  if (maintenance?.properties === undefined) throw new Error('no spec.maintenance')
  maintenance.properties.future = anything
  status.properties.future = anything
  return definition
}

interface Field {
  readonly type?: string
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly properties?: Record<string, Field>
}
interface Definition extends KubeObject {
  readonly spec: {
    readonly versions: readonly [
      {
        readonly schema: {
          readonly openAPIV3Schema: { readonly properties: Record<'spec' | 'status', { readonly properties: Record<string, Field> }> }
        }
      },
    ]
  }
}
