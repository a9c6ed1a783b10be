import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { isRecord } from '../../src/model/record.ts'

/** Every right that deploy/install.yaml gives the operator, as `verb group/resource/subresource`. */
export function grantedRights(): ReadonlySet<string> {
  return new Set(rolesOfOperator().flatMap(rightsOf))
}

export function right(verb: string, group: string, resource: string, subresource: string): string {
  return `${verb} ${group === '' ? '' : `${group}/`}${resource}${subresource === '' ? '' : `/${subresource}`}`
}

interface Role {
  readonly rules: readonly {
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly verbs: readonly string[]
  }[]
}

/** The roles that are bound to the operator's service account. */
function rolesOfOperator(): readonly Role[] {
  const documents = loadAll(readFileSync(join(import.meta.dirname, '..', '..', 'deploy', 'install.yaml'), 'utf8')).filter(isRecord)
  const bound = documents
    .filter(({ kind }) => kind === 'ClusterRoleBinding' || kind === 'RoleBinding')
    .map((binding) => key(binding.roleRef))
  return documents.filter((document) => bound.includes(key(document))) as unknown as readonly Role[]
}

function key(role: unknown): string {
  const { kind, name, metadata } = role as { kind: string; name?: string; metadata?: { name: string } }
  return `${kind} ${name ?? metadata?.name}`
}

function rightsOf({ rules }: Role): readonly string[] {
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => right(verb, group, ...split(resource))))),
  )
}

function split(resource: string): [string, string] {
  const [name = '', subresource = ''] = resource.split('/')
  return [name, subresource]
}
