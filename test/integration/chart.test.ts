import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, loadAll } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { binaryPath } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { run } from '../cluster/command.ts'
import { chart, type Helm, openHelm, type Rendered, type Values } from '../cluster/helm.ts'
import { timedProgress } from '../cluster/progress.ts'
import { effects } from './chart-effects.ts'

/** The chart as helm itself renders it. */

let helm: Helm
beforeAll(async () => {
  helm = await openHelm()
  await ensureBinaries(['kubectl'], { progress: timedProgress() })
})
afterAll(() => helm?.cleanUp())

test('helm finds nothing to complain about', async () => {
  expect(await helm.run(['lint', '--strict', chart])).toContain('1 chart(s) linted, 0 chart(s) failed')
})

describe('without a value the chart makes', () => {
  test('the objects of deploy/install.yaml, but for the namespace; and the CRDs stay when the release goes', async () => {
    const install = loadAll(readFileSync('deploy/install.yaml', 'utf8')) as Rendered[]
    const kept = { annotations: { 'helm.sh/resource-policy': 'keep' } }
    const expected = install
      .filter(({ kind }) => kind !== 'Namespace')
      .map((one) => (one.kind === 'CustomResourceDefinition' ? { ...one, metadata: { ...one.metadata, ...kept } } : one))
    expect(byName(await helm.template())).toEqual(byName(byHelm(expected)))
  })

  test('what kustomize makes of deploy', async () => {
    const kustomized = (await kustomize('deploy')).filter(({ kind }) => kind !== 'Namespace' && kind !== 'CustomResourceDefinition')
    expect(byName(await helm.template({ crds: { enabled: false } }))).toEqual(byName(byHelm(kustomized)))
  })
})

test('with watchNamespaces the chart makes what kustomize makes of deploy/namespaced', async () => {
  const kustomized = (await kustomize('deploy/namespaced')).filter(({ kind }) => kind !== 'Namespace')
  const rendered = await helm.template({ crds: { enabled: false }, watchNamespaces: ['default'], rights: { clusterReader: false } })
  // A release of some namespaces has ClusterRoles of its own.
  const renamed = rendered.map((one) => ({
    ...one,
    metadata: { ...one.metadata, name: one.metadata.name.replace(':etcd-operator-system', '') },
  }))
  expect(byName(renamed)).toEqual(byName(byHelm(kustomized)))
})

test('with their switches on, the chart makes what lies under deploy/monitoring', async () => {
  const on = { podMonitor: { operator: true, members: true }, prometheusRule: { enabled: true }, dashboards: { enabled: true } }
  const rendered = await helm.template(on)
  const files = ['pod-monitor-operator', 'pod-monitor-members', 'prometheus-rule'].map((file) => load(text(`${file}.yaml`)) as Rendered)
  const made = rendered.filter(({ apiVersion }) => apiVersion === 'monitoring.coreos.com/v1')
  expect(byName(made)).toEqual(byName(byHelm(files)))
  const maps = rendered.filter(({ kind }) => kind === 'ConfigMap').map(({ data }) => data)
  expect(maps).toEqual(['cluster', 'clusters'].map((name) => ({ [`etcd-operator-${name}.json`]: text(`dashboard-${name}.json`) })))
})

describe('refused with a sentence that names the value is', () => {
  test.each<[string, Values, RegExp]>([
    ['a typo', { replica: 3 }, /additional properties 'replica' not allowed/],
    ['a typo further in', { image: { tga: '1' } }, /at '\/image': additional properties 'tga' not allowed/],
    ['a text as a number', { replicas: 'two' }, /at '\/replicas': got string, want integer/],
    ['a number below zero', { replicas: -1 }, /at '\/replicas': minimum: got -1, want 0/],
    ['a digest without its algorithm', { image: { digest: 'abc' } }, /at '\/image\/digest': 'abc' does not match pattern '\^\(sha256:/],
    ['neither tag nor digest', { image: { tag: '' } }, /image\.tag and image\.digest are both empty: set one of them/],
    ['namespaces as one text', { watchNamespaces: 'team-a,team-b' }, /at '\/watchNamespaces': got string, want array/],
    ['a namespace that can be none', { watchNamespaces: ['Team_A'] }, /at '\/watchNamespaces\/0': 'Team_A' does not match pattern/],
    ['a namespace twice', { watchNamespaces: ['a', 'a'] }, /at '\/watchNamespaces': items at 0 and 1 are equal/],
    ['another log level', { log: { level: 'loud' } }, /at '\/log\/level': value must be one of 'trace', 'debug', 'info'/],
    ['a right that there is not', { rights: { everything: true } }, /at '\/rights': additional properties 'everything' not allowed/],
    ['a switch that is a text', { crds: { keep: 'yes please' } }, /at '\/crds\/keep': got string, want boolean/],
    ['a label that selects the pods', { podLabels: { 'app.kubernetes.io/name': 'x' } }, /invalid propertyName 'app\.kubernetes\.io\/name'/],
    ['a pull secret without a name', { imagePullSecrets: ['mine'] }, /at '\/imagePullSecrets\/0': got string, want object/],
    ['a toleration with a typo', { tolerations: [{ kye: 'a' }] }, /at '\/tolerations\/0': additional properties 'kye' not allowed/],
    ['a heap that is too small', { heapMiB: 16 }, /at '\/heapMiB': minimum: got 16, want 96/],
  ])('%s', async (_, values, sentence) => {
    const refusal = await helm.template(values).then(() => 'taken', String)
    expect(refusal).toMatch(sentence)
  })
})

describe('each value has its effect', () => {
  test('and none is left out', () => {
    expect(effects.map(({ path }) => path).toSorted()).toEqual([...valuesOf('values.schema.json')].toSorted())
  })

  test.each(effects)('$path', async ({ values, before = {}, shows, becomes }) => {
    const [without, withIt] = await Promise.all([helm.template(before), helm.template({ ...before, ...values })])
    expect(shows(withIt)).toEqual(becomes)
    expect(shows(without)).not.toEqual(becomes)
  })
})

/** The paths of all values that the schema knows, as in README.md. */
function valuesOf(file: string): readonly string[] {
  const rows = readFileSync(join(chart, 'README.md'), 'utf8').matchAll(/^\| `([\w.]+)` \|/gm)
  const named = [...rows].map(([, path = '']) => path)
  const schema = readFileSync(join(chart, file), 'utf8')
  expect(named.filter((path) => !schema.includes(`"${path.split('.').at(-1)}"`))).toEqual([])
  return named
}

function text(file: string): string {
  return readFileSync(join('deploy', 'monitoring', file), 'utf8')
}

async function kustomize(folder: string): Promise<readonly Rendered[]> {
  return loadAll(await run(binaryPath('kubectl'), ['kustomize', folder])) as Rendered[]
}

/** The one label that tells which of the two made an object. */
function byHelm(objects: readonly Rendered[]): readonly Rendered[] {
  return JSON.parse(
    JSON.stringify(objects).replaceAll('"app.kubernetes.io/managed-by":"kustomize"', '"app.kubernetes.io/managed-by":"Helm"'),
  )
}

function byName(objects: readonly Rendered[]): ReadonlyMap<string, unknown> {
  const entries = objects.map((one) => [`${one.kind} ${one.metadata.namespace ?? ''}/${one.metadata.name}`, one] as const)
  expect(new Set(entries.map(([name]) => name)).size).toBe(entries.length)
  return new Map(entries.toSorted(([a], [b]) => a.localeCompare(b)))
}
