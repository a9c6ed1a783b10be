import { operatorNamespace } from './base.ts'
import { escaped, header, replaced, wrapped } from './template.ts'

/**
 * A manifest of deploy/base as a template. Roles and ServiceAccounts of the operator's own namespace, Services and budgets: only the
 * namespace is the release's.
 */
export function ownNamespaceTemplate(path: string, text: string): string {
  return header(path) + inReleaseNamespace(escaped(text))
}

/** Rights in each watched namespace as Roles, or in the whole cluster as ClusterRoles. */
export function watchedTemplate(path: string, text: string): string {
  const once = optionalRules(inReleaseNamespace(escaped(text)).replaceAll('{{ .Release.', '{{ $.Release.'))
  const kinds = replaced(once, /^( *kind: )Cluster(Role|RoleBinding)$/gm, '$1{{ if . }}$2{{ else }}Cluster$2{{ end }}', 3)
  const inside = replaced(
    kinds,
    /^( {2}name: etcd-operator\.dev:\S+\n)(?= {2}labels:)/gm,
    '$1{{- with . }}\n  namespace: {{ . | quote }}\n{{- end }}\n',
    2,
  )
  return `${header(path)}{{- range (.Values.watchNamespaces | default (list "")) }}\n---\n${inside.trimEnd()}\n{{- end }}\n`
}

/** ClusterRoles that are there for each release: those of a release that watches some namespaces have its own namespace in their names. */
export function clusterTemplate(path: string, text: string): string {
  const named = inReleaseNamespace(escaped(text)).replaceAll(
    /^( {2}name: etcd-operator\.dev:\S+)$/gm,
    '$1{{ include "etcd-operator.suffix" . }}',
  )
  return header(path) + named
}

/** The same, left out unless the value is true. */
export function switched(value: string, template: string): string {
  const [first = '', ...rest] = template.split('\n')
  return `${first}\n${wrapped(`.Values.${value}`, rest.join('\n'))}`
}

function inReleaseNamespace(text: string): string {
  return text.replaceAll(new RegExp(`^( *namespace: )${operatorNamespace}$`, 'gm'), '$1{{ .Release.Namespace | quote }}')
}

/** Rules of deploy/base/operator-role.yaml that may be withheld, each with the comment before it. */
const withheld: Readonly<Record<string, RegExp>> = {
  'rights.secrets': /(?:^#.*\n)+^- apiGroups: \[""\]\n {2}resources: \[secrets\]\n {2}verbs: .*\n/m,
  'rights.certManager': /(?:^#.*\n)+^- apiGroups: \[cert-manager\.io\]\n {2}resources: .*\n {2}verbs: .*\n/m,
}

function optionalRules(text: string): string {
  if (!text.includes('etcd-operator.dev:operator\n')) return text
  return Object.entries(withheld).reduce((all, [value, rule]) => {
    const [found] = rule.exec(all) ?? []
    if (found === undefined) throw new Error(`deploy/base/operator-role.yaml has no rule for ${value}`)
    return all.replace(found, () => wrapped(`$.Values.${value}`, found))
  }, text)
}
