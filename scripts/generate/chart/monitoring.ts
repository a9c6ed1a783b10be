import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dashboardFiles } from '../monitoring/dashboards.ts'
import { ruleFiles } from '../monitoring/rules.ts'
import { operatorNamespace } from './base.ts'
import { escaped, header, replaced, wrapped } from './template.ts'

/** What deploy/monitoring has, each with its switch: path below deploy/chart to text. */
export function monitoringFiles(root: string): readonly (readonly [path: string, text: string])[] {
  return [ruleTemplate(), ...podMonitors.map((name) => podMonitorTemplate(root, name)), ...dashboards()]
}

/** The address that runbooks have in the manifests. */
export const runbooks = 'https://etcd-operator.dev/operations/alerts'

const podMonitors = ['operator', 'members'] as const

function ruleTemplate(): readonly [string, string] {
  const path = 'deploy/monitoring/prometheus-rule.yaml'
  const text = withoutComments(ruleFiles().get(path) ?? '')
  const moved = escaped(text).replaceAll(runbooks, '{{ $.Values.prometheusRule.runbookUrl }}')
  return ['templates/prometheus-rule.yaml', header(path) + wrapped('.Values.prometheusRule.enabled', monitored(moved))]
}

/** The members' one looks where the operator does. */
function podMonitorTemplate(root: string, name: (typeof podMonitors)[number]): readonly [string, string] {
  const path = `deploy/monitoring/pod-monitor-${name}.yaml`
  const text = monitored(escaped(readFileSync(join(root, path), 'utf8')))
  const watched = '{{- with .Values.watchNamespaces }}\n    matchNames: {{- toYaml . | nindent 4 }}\n{{- else }}\n    any: true\n{{- end }}'
  const where = name === 'members' ? replaced(text, /^ {4}any: true$/gm, watched, 1) : text
  return [`templates/pod-monitor-${name}.yaml`, header(path) + wrapped(`.Values.podMonitor.${name}`, where)]
}

/** Grafana's sidecar loads what ConfigMaps with its label hold. The JSON lies beside the templates: braces in it are Grafana's. */
function dashboards(): readonly (readonly [string, string])[] {
  return [...dashboardFiles()].map(
    ([path, text]) => [path.replace('deploy/monitoring/dashboard-', 'dashboards/etcd-operator-'), text] as const,
  )
}

/** Labels by which a Prometheus finds them. */
function monitored(text: string): string {
  const own = replaced(text, new RegExp(`^ {2}namespace: ${operatorNamespace}$`, 'gm'), '  namespace: {{ .Release.Namespace | quote }}', 1)
  const more = '{{- with .Values.monitoringLabels }}\n    {{- toYaml . | nindent 4 }}\n    {{- end }}\n'
  return replaced(own, /^( {2}labels:\n(?: {4}\S.*\n)+)/gm, `$1    ${more}`, 1)
}

function withoutComments(text: string): string {
  return text.replaceAll(/^#.*\n/gm, '')
}
