import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isFailure } from '../../src/adapters/failure.ts'
import { CUSTOM_RESOURCE_DEFINITION, ETCD_CLUSTER, ETCD_USER } from '../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../src/adapters/kube/object.ts'
import type { EtcdCluster } from '../../src/api/etcd-cluster.ts'
import { type Fleet, openFleet } from '../bench/fleet/fleet.ts'
import { clusterName, fleetNamespace } from '../bench/fleet/names.ts'
import type { OperatorProcess } from '../bench/fleet/operator-process.ts'
import { runNode, until } from '../cluster/command.ts'
import { timedProgress } from '../cluster/progress.ts'

/**
 * CRDs from before TLS, users and NetworkPolicies, with the present operator: Helm does not upgrade CRDs. Nothing fills in the defaults of
 * what they do not know, what is written there is dropped, and EtcdUsers are not served at all.
 */

const { signal } = new AbortController()
const [old, young] = [clusterName(0), clusterName(7)]
let fleet: Fleet
let operator: OperatorProcess

const seen = async (name: string): Promise<EtcdCluster> => {
  const cluster = await fleet.kube.get(ETCD_CLUSTER, { namespace: fleetNamespace, name }, signal)
  if (cluster === undefined) throw new Error(`no EtcdCluster ${name}`)
  return cluster
}
const untilReady = (name: string, ready: string) =>
  until(`${name} has ${ready}`, 120_000, async () => ((await seen(name)).status?.ready === ready ? true : undefined))

beforeAll(async () => {
  expect(await runNode(['scripts/build.ts'], { quiet: true })).toBe(0)
  fleet = await openFleet(1, timedProgress())
  await fleet.kube.apply(crds, olderDefinition(), signal, { force: true })
  const users = await fleet.kube.get(crds, { name: 'etcdusers.etcd-operator.dev' }, signal)
  await fleet.kube.delete(crds, { name: 'etcdusers.etcd-operator.dev' }, { uid: users?.metadata.uid ?? '' }, signal)
  await until('the older kinds are served, and no EtcdUsers', 60_000, async () => {
    const raw = await fleet.kube.get(raws, { namespace: fleetNamespace, name: old }, signal)
    const isGone = await fleet.kube.list(ETCD_USER, {}, signal).then(
      () => false,
      (error: unknown) => isFailure(error, 'not-found'),
    )
    return isGone && raw !== undefined && raw.spec.tls === undefined ? true : undefined
  })
  operator = await fleet.startOperator('newer')
}, 300_000)
afterAll(() => fleet?.cleanUp())

test('clusters are looked after, the new ones in plain text, which their status says', async () => {
  await fleet.kube.patch(ETCD_CLUSTER, { namespace: fleetNamespace, name: old }, { spec: { size: 5 } }, signal)
  await untilReady(old, '5/5')
  await fleet.create([young])
  await untilReady(young, '3/3')
  const { status } = await seen(young)
  expect(status?.conditions?.find(({ type }) => type === 'Encrypted')).toMatchObject({ status: 'False', reason: 'PlainText' })
  for (const failure of ['other', 'bug', 'rejected', 'not-found'])
    expect(await operator.metric(`etcd_operator_pass_failures_total{controller="cluster",failure="${failure}"}`), failure).toBe(0)
}, 300_000)

test('a status of which the server drops a part is not written again and again', async () => {
  await until('both rest', 60_000, async () => {
    const before = await Promise.all([old, young].map(seen))
    await new Promise((resolve) => setTimeout(resolve, 6_000))
    const after = await Promise.all([old, young].map(seen))
    return after.every(({ metadata }, index) => metadata.resourceVersion === before[index]?.metadata.resourceVersion) || undefined
  })
  const sample = 'etcd_operator_api_requests_total{verb="patch",resource="etcdclusters",code="200"}'
  const before = await operator.metric(sample)
  await new Promise((resolve) => setTimeout(resolve, 12_000))
  // Each cluster is looked at twice or more, and one look may write figures.
  expect((await operator.metric(sample)) - before).toBeLessThanOrEqual(2)
}, 120_000)

const crds = CUSTOM_RESOURCE_DEFINITION as ResourceKind<KubeObject>
/** As the server has them, whatever the operator's own client fills in. */
const raws = { ...ETCD_CLUSTER, kind: 'EtcdClusterAsItIs' } as ResourceKind<KubeObject> as ResourceKind<
  KubeObject & { readonly spec: { readonly tls?: unknown } }
>

/** The definition as it was: without the fields that came with TLS. */
function olderDefinition(): KubeObject {
  const definition = load(readFileSync('crds/etcdclusters.yaml', 'utf8')) as Definition // Ours: unit tests look at its form.
  const { spec, status } = definition.spec.versions[0].schema.openAPIV3Schema.properties
  without(spec, 'tls', 'auth', 'networkPolicy')
  spec['x-kubernetes-validations'] = spec['x-kubernetes-validations']?.filter(({ rule }) => !/\.(tls|auth)\b/.test(rule))
  without(status, 'tls', 'auth')
  without(status.properties?.bootstrap, 'tls')
  without(status.properties?.memberStatus?.items, 'profile')
  return definition
}

function without(field: Field | undefined, ...names: readonly string[]): void {
  for (const name of names) {
    if (field?.properties?.[name] === undefined) throw new Error(`there is no ${name}`)
    delete field.properties[name]
  }
}

interface Field {
  readonly properties?: Record<string, Field>
  readonly items?: Field
  'x-kubernetes-validations'?: readonly { readonly rule: string }[] | undefined
}
interface Definition extends KubeObject {
  readonly spec: {
    readonly versions: readonly [
      { readonly schema: { readonly openAPIV3Schema: { readonly properties: Record<'spec' | 'status', Field> } } },
    ]
  }
}
