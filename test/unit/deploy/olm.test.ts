import { globSync } from 'node:fs'
import { load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { version } from '../../../src/version.ts'
import { type Doc, documents, find, root, text } from './files.ts'

/** The bundle for the Operator Lifecycle Manager says the same as crds/ and deploy/. Its examples are tried in test/integration/crds.test.ts. */

interface ServiceVersion extends Doc {
  readonly metadata: Doc['metadata'] & { readonly annotations: Readonly<Record<string, string>> }
  readonly spec: {
    readonly version: string
    readonly customresourcedefinitions: {
      readonly owned: readonly { readonly name: string; readonly kind: string; readonly version: string }[]
    }
    readonly install: {
      readonly spec: Readonly<Record<'clusterPermissions' | 'permissions', readonly Permissions[]>> & {
        readonly deployments: readonly { readonly name: string; readonly spec: unknown }[]
      }
    }
  }
}

interface Permissions {
  readonly serviceAccountName: string
  readonly rules: readonly object[]
}

const csv = load(text('deploy/olm/manifests/etcd-operator.clusterserviceversion.yaml')) as ServiceVersion
const files = globSync('deploy/olm/manifests/*.yaml', { cwd: root })
const install = documents('deploy/install.yaml')

test('owns the CRDs of crds/, which lie in it as they are', () => {
  const crds = globSync('crds/*.yaml', { cwd: root }).flatMap(documents)
  expect(crds.length).toBeGreaterThan(4)
  const inBundle = files.flatMap(documents).filter(({ kind }) => kind === 'CustomResourceDefinition')
  expect(byName(inBundle)).toEqual(byName(crds))
  const owned = csv.spec.customresourcedefinitions.owned.map(({ name, kind, version: of }) => `${name} ${kind} ${of}`)
  expect(owned.toSorted()).toEqual(crds.map((crd) => `${crd.metadata.name} ${kindOf(crd)} v1alpha1`).toSorted())
})

test.each([
  ['ClusterRole', 'clusterPermissions'],
  ['Role', 'permissions'],
] as const)('gives the operator what its %ss give it, to a verb', (kind, place) => {
  const bound = install.filter(({ roleRef }) => roleRef?.kind === kind).map(({ roleRef }) => find(install, kind, roleRef?.name ?? ''))
  const [permissions, ...others] = csv.spec.install.spec[place]
  expect(others).toEqual([])
  expect(permissions?.serviceAccountName).toBe('etcd-operator')
  expect(sorted(permissions?.rules ?? [])).toEqual(sorted(bound.flatMap(({ rules = [] }) => rules)))
})

test('runs the Deployment of deploy/', () => {
  const [deployment, ...others] = csv.spec.install.spec.deployments
  expect(others).toEqual([])
  const own = JSON.stringify(find(install, 'Deployment', 'etcd-operator').spec).replaceAll('kustomize', 'olm')
  expect(deployment).toMatchObject({ name: 'etcd-operator', spec: JSON.parse(own) })
})

test('leaves out only what OLM makes itself', () => {
  const made = [
    'CustomResourceDefinition',
    'Namespace',
    'ServiceAccount',
    'ClusterRole',
    'ClusterRoleBinding',
    'Role',
    'RoleBinding',
    'Deployment',
  ]
  const others = install.filter(({ kind }) => !made.includes(kind)).map(({ kind, metadata }) => `${kind} ${metadata.name}`)
  const inBundle = files.flatMap(documents).filter(({ kind }) => kind !== 'CustomResourceDefinition' && kind !== 'ClusterServiceVersion')
  expect(inBundle.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted()).toEqual(others.toSorted())
  expect(inBundle.map(({ metadata }) => metadata.namespace)).toEqual(inBundle.map(() => undefined))
})

describe('what a catalogue reads of it', () => {
  test('is the version of the project', () => {
    expect([csv.metadata.name, csv.spec.version]).toEqual([`etcd-operator.v${version}`, version])
  })

  test('has an example of each kind, from examples/', () => {
    const examples = JSON.parse(csv.metadata.annotations['alm-examples'] ?? '') as readonly Doc[]
    const own = globSync('examples/*.yaml', { cwd: root }).flatMap(documents)
    for (const example of examples) expect(own).toContainEqual(example)
    expect(examples.map(({ kind }) => kind).toSorted()).toEqual(csv.spec.customresourcedefinitions.owned.map(({ kind }) => kind).toSorted())
  })

  test('is the same in its file and on its image', () => {
    const { annotations } = load(text('deploy/olm/metadata/annotations.yaml')) as { annotations: Readonly<Record<string, string>> }
    const labels = [...text('deploy/olm/bundle.Dockerfile').matchAll(/^LABEL (\S+)=(\S+)$/gm)].map(([, name, value]) => [name, value])
    expect(Object.fromEntries(labels)).toEqual(annotations)
    expect(annotations).toMatchObject({ 'operators.operatorframework.io.bundle.package.v1': 'etcd-operator' })
  })
})

function byName(all: readonly Doc[]): ReadonlyMap<string, Doc> {
  return new Map(all.map((one) => [one.metadata.name, one]))
}

function kindOf(crd: Doc): string {
  return (crd.spec as { names: { kind: string } }).names.kind
}

function sorted(rules: readonly object[]): readonly string[] {
  return rules.map((rule) => JSON.stringify(rule)).toSorted()
}
