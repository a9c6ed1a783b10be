import { load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../../src/config.ts'
import { type Doc, documents, find, type Rule, text } from './files.ts'

const install = documents('deploy/install.yaml')
const namespaced = documents('deploy/namespaced/rights/roles.yaml')
const roles = [...install, ...namespaced].filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
/** Those bound to the operator's ServiceAccount; the others are for people. */
const operatorRoles = roles.filter(({ metadata }) => !['etcd-operator.dev:view', 'etcd-operator.dev:edit'].includes(metadata.name))
const operatorRules = operatorRoles.flatMap(({ rules }) => rules ?? [])

describe('rights', () => {
  test('are listed one by one', () => {
    for (const rule of roles.flatMap(({ rules }) => rules ?? [])) {
      for (const word of [...rule.apiGroups, ...rule.resources, ...rule.verbs]) expect(word, JSON.stringify(rule)).not.toContain('*')
    }
  })

  test('of the operator hand out no rights, look through no Secrets and run nothing in a pod', () => {
    const never =
      /^(roles|rolebindings|clusterroles|clusterrolebindings|serviceaccounts.*|pods\/.*|customresourcedefinitions|.*webhookconfigurations)$/
    const verbs = operatorRules.flatMap((rule) => rule.verbs)
    expect(operatorRules.flatMap(({ resources }) => resources).filter((resource) => never.test(resource))).toEqual([])
    // A Secret is read and written by its name: nobody who takes the operator over can look for those of others.
    const onSecrets = operatorRules.filter(({ resources }) => resources.includes('secrets'))
    expect(new Set(onSecrets.flatMap(({ verbs }) => verbs))).toEqual(new Set(['get', 'create', 'patch']))
    // A node is only read, one at a time.
    expect(operatorRules.filter(({ resources }) => resources.includes('nodes')).flatMap(({ verbs }) => verbs)).toEqual(['get'])
    expect(verbs.filter((verb) => ['escalate', 'bind', 'impersonate', 'deletecollection', 'approve', 'sign'].includes(verb))).toEqual([])
  })

  test('of the operator never replace or delete an EtcdCluster; its finalizer is patched, one that a restore needs is created', () => {
    const onClusters = operatorRules.filter(({ resources }) => resources.includes('etcdclusters'))
    expect(onClusters.flatMap(({ verbs }) => verbs).filter((verb) => !['get', 'list', 'watch', 'create', 'patch'].includes(verb))).toEqual(
      [],
    )
  })

  test('keep the deletion of volumes apart, so that it can be withheld', () => {
    const mayDelete = roles.filter(({ rules }) =>
      rules?.some(({ resources, verbs }) => resources.includes('persistentvolumeclaims') && verbs.includes('delete')),
    )
    expect(new Set(mayDelete.map(({ metadata }) => metadata.name))).toEqual(new Set(['etcd-operator.dev:volume-deletion']))
  })

  test('on the Lease are limited to its name, but for its creation, which can’t be', () => {
    const { rules = [] } = find(install, 'Role', 'etcd-operator-leader-election')
    const limited = rules.filter(({ resourceNames }) => resourceNames !== undefined)
    const open = rules.filter(({ resourceNames }) => resourceNames === undefined)
    expect(limited.flatMap(({ resourceNames }) => resourceNames)).toEqual([readConfig(new Map(), {}).leaseName])
    expect(open.flatMap(({ verbs }) => verbs)).toEqual(['create'])
  })

  test('go to the operator’s ServiceAccount alone', () => {
    for (const binding of [...install, ...namespaced].filter(({ kind }) => kind.endsWith('Binding'))) {
      expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: 'etcd-operator', namespace: 'etcd-operator-system' }])
    }
  })

  test('for people grow Kubernetes’ own roles view, edit and admin', () => {
    const aggregated = (name: string) =>
      Object.keys(find(install, 'ClusterRole', name).metadata.labels ?? {}).flatMap((key) => key.split('/aggregate-to-')[1] ?? [])
    expect(aggregated('etcd-operator.dev:view')).toEqual(['view', 'edit', 'admin'])
    expect(aggregated('etcd-operator.dev:edit')).toEqual(['edit', 'admin'])
  })
})

describe('the namespaced overlay', () => {
  test('gives the same rights, as Roles', () => {
    for (const name of ['etcd-operator.dev:operator', 'etcd-operator.dev:volume-deletion']) {
      expect(find(namespaced, 'Role', name).rules).toEqual(find(install, 'ClusterRole', name).rules)
      expect(find(namespaced, 'RoleBinding', name).roleRef).toMatchObject({ kind: 'Role', name })
    }
    expect(namespaced.map(({ kind }) => kind)).not.toContain('ClusterRole')
  })

  test('watches the namespaces that it gives rights in', () => {
    const overlay = load(text('deploy/namespaced/kustomization.yaml')) as {
      resources: readonly string[]
      patches: readonly { patch: string }[]
    }
    const folders = overlay.resources.filter((path) => path.startsWith('watched/'))
    const named = folders.map((folder) => (load(text(`deploy/namespaced/${folder}/kustomization.yaml`)) as { namespace: string }).namespace)
    const flag = /--watch-namespaces=([a-z,-]+)/.exec(overlay.patches.map(({ patch }) => patch).join(''))?.[1]
    expect(flag?.split(',')).toEqual(named)
  })
})

describe('the base', () => {
  test('names each right once, so that it is clear why it is there', () => {
    const triples = (doc: Doc) => (doc.rules ?? []).flatMap(triplesOf)
    for (const role of roles) expect(new Set(triples(role)).size, role.metadata.name).toBe(triples(role).length)
  })
})

function triplesOf({ apiGroups, resources, verbs }: Rule): readonly string[] {
  return apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}.${group}`)))
}
