import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readBase } from './chart/base.ts'
import { chartYaml } from './chart/chart-yaml.ts'
import { monitoringFiles } from './chart/monitoring.ts'
import { chartReadme } from './chart/readme.ts'
import { clusterTemplate, ownNamespaceTemplate, switched, watchedTemplate } from './chart/rights.ts'
import { escaped, header, replaced, withReleaseLabels, wrapped } from './chart/template.ts'
import { valuesOf } from './chart/values.ts'
import { valuesSchema, valuesYaml } from './chart/values-files.ts'
import { deploymentTemplate } from './chart/workload.ts'

/** deploy/chart, but for its helpers, its notes and what only the chart has: path to text. */
export function chartFiles(root: string): ReadonlyMap<string, string> {
  const base = readBase(root)
  const values = valuesOf(base)
  const text = (path: string) => readFileSync(join(root, path), 'utf8')
  const templates = readdirSync(join(root, 'deploy/base'))
    .filter((file) => !withoutTemplate.includes(file))
    .map((file): [string, string] => [file, templateOf(file, text(`deploy/base/${file}`))])
  const crds = readdirSync(join(root, 'crds')).map((file): [string, string] => [
    `crd-${file}`,
    crdTemplate(`crds/${file}`, text(`crds/${file}`)),
  ])
  return new Map([
    ['deploy/chart/Chart.yaml', chartYaml(root, base)],
    ['deploy/chart/values.yaml', valuesYaml(values)],
    ['deploy/chart/values.schema.json', valuesSchema(values)],
    ['deploy/chart/README.md', chartReadme(values)],
    ...[...templates, ['deployment.yaml', deploymentTemplate(base)] as const, ...crds].map(([file, template]): [string, string] => [
      `deploy/chart/templates/${file}`,
      withReleaseLabels(template),
    ]),
    ...monitoringFiles(root).map(([path, text]): [string, string] => [`deploy/chart/${path}`, withReleaseLabels(text)]),
  ])
}

/** The namespace is Helm's affair; the Deployment has a template of its own. */
const withoutTemplate: readonly string[] = ['namespace.yaml', 'kustomization.yaml', 'deployment.yaml']

type Template = (path: string, text: string) => string

const templates: Readonly<Record<string, Template>> = {
  'operator-role.yaml': watchedTemplate,
  'volume-deletion-role.yaml': (path, text) => switched('rights.volumeDeletion', watchedTemplate(path, text)),
  'cluster-reader-role.yaml': (path, text) => switched('rights.clusterReader', clusterTemplate(path, text)),
  'user-roles.yaml': (path, text) => switched('userRoles.enabled', clusterTemplate(path, text)),
}

function templateOf(file: string, text: string): string {
  return (templates[file] ?? ownNamespaceTemplate)(`deploy/base/${file}`, text)
}

function crdTemplate(path: string, text: string): string {
  const keep = '  annotations:\n    helm.sh/resource-policy: keep\n'
  const kept = replaced(escaped(text), /^metadata:\n(?= {2}name: )/gm, `metadata:\n${wrapped('.Values.crds.keep', keep)}`, 1)
  return header(path) + wrapped('.Values.crds.enabled', kept)
}
