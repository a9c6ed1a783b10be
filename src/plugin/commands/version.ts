import { isFailure } from '../../adapters/failure.ts'
import { CUSTOM_RESOURCE_DEFINITION, type CustomResourceDefinition, DEPLOYMENT, type Deployment } from '../../adapters/kube/kinds.ts'
import { newestSupportedMinor, oldestSupported } from '../../model/versions.ts'
import { version as own } from '../../version.ts'
import type { Command, Target } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { titled } from '../flow.ts'
import { printStructured } from '../structured.ts'
import { joined, styled, type Text } from '../text.ts'

/** Where deploy/install.yaml puts the operator; elsewhere it is found by its label, by whoever may list Deployments. */
const usual = { namespace: 'etcd-operator-system', name: 'etcd-operator' }
const selector = 'app.kubernetes.io/name=etcd-operator'
const plurals = ['etcdclusters', 'etcdbackups', 'etcdbackupschedules', 'etcdrestores', 'etcdusers']
const versionLabel = 'app.kubernetes.io/version'

export const version: Command = {
  name: 'version',
  summary: 'prints the versions of the plugin, of the operator and its CRDs in the cluster, and of etcd that they run',
  options: { client: { help: 'only the version of the plugin; asks nobody' } },
  outputs: ['json', 'yaml'],
  examples: [
    { does: 'is the operator there, and does everything fit together?', line: 'version' },
    { does: 'the plugin alone', line: 'version --client' },
  ],
  async run({ args, connect, signal, terminal }) {
    if (args.flag('client')) {
      if (!printStructured(terminal, args.output, { plugin: own })) terminal.print(own)
      return exitCodes.ok
    }
    const target = await connect()
    const [operators, crds] = await Promise.all([operatorsIn(target, signal), crdsIn(target, signal)])
    const isPrinted = printStructured(terminal, args.output, {
      plugin: own,
      operators:
        operators?.map(({ metadata, ...one }) => ({
          name: metadata.name,
          namespace: metadata.namespace,
          version: versionOf({ metadata }) ?? null,
          image: imageOf(one),
        })) ?? null,
      crds: crds?.map(({ metadata }) => ({ name: metadata.name, version: versionOf({ metadata }) ?? null })) ?? null,
      etcd: { oldest: oldestSupported, newestMinor: newestSupportedMinor },
    })
    if (isPrinted) return exitCodes.ok
    const line = (title: string, text: Text) => titled(title, text, 10, terminal.columns)
    terminal.print(
      ...line('plugin', own),
      ...operatorTexts(operators).flatMap((text) => line('operator', text)),
      ...line('CRDs', crdText(crds)),
      ...line('etcd', `${oldestSupported} to ${newestSupportedMinor}`),
      ...skewHints(operators, crds),
    )
    return exitCodes.ok
  },
}

/** Undefined: no right to look. */
export async function operatorsIn({ kube }: Target, signal: AbortSignal): Promise<readonly Deployment[] | undefined> {
  return (
    (await ifAllowed(async () => (await kube.list(DEPLOYMENT, { labelSelector: selector }, signal)).items)) ??
    (await ifAllowed(async () => [(await kube.get(DEPLOYMENT, usual, signal)) ?? []].flat()))
  )
}

export async function crdsIn({ kube }: Target, signal: AbortSignal): Promise<readonly CustomResourceDefinition[] | undefined> {
  const get = async (plural: string) => (await kube.get(CUSTOM_RESOURCE_DEFINITION, { name: `${plural}.etcd-operator.dev` }, signal)) ?? []
  return ifAllowed(async () => (await Promise.all(plurals.map(get))).flat())
}

export async function ifAllowed<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look()
  } catch (error) {
    if (isFailure(error, 'forbidden')) return undefined
    throw error
  }
}

function operatorTexts(operators: readonly Deployment[] | undefined): readonly Text[] {
  if (operators === undefined) return [styled('faint', 'not known: no right to read Deployments')]
  if (operators.length === 0) return [styled('bad', 'not installed')]
  return operators.map((one) => {
    const { spec, status } = one
    const [ready, wanted] = [status?.readyReplicas ?? 0, spec?.replicas ?? 1]
    const pods = `${ready} of ${wanted} pods ready`
    const where = `${one.metadata.namespace}/${one.metadata.name}`
    return joined(
      [versionOf(one) ?? styled('warning', 'unknown version'), ready === 0 ? styled('bad', pods) : pods, where, imageOf(one) ?? ''],
      '  ',
    )
  })
}

function crdText(crds: readonly CustomResourceDefinition[] | undefined): Text {
  if (crds === undefined) return styled('faint', 'not known: no right to read CustomResourceDefinitions')
  if (crds.length === 0) return styled('bad', 'not installed')
  const versions = [...new Set(crds.map((one) => versionOf(one) ?? 'unknown version'))].toSorted()
  const served = [...new Set(crds.flatMap(({ spec }) => spec.versions.filter((one) => one.served).map(({ name }) => name)))]
  const count = `${crds.length} of ${plurals.length}`
  return joined([versions.join(' and '), crds.length < plurals.length ? styled('bad', count) : count, served.join(', ')], '  ')
}

/** What doesn't fit together, with the way out. */
export function skewHints(operators: readonly Deployment[] = [], crds: readonly CustomResourceDefinition[] = []): readonly Text[] {
  const running = operators.map((one) => versionOf(one)).filter((one) => one !== undefined)
  const installed = crds.map((one) => versionOf(one)).filter((one) => one !== undefined)
  const hints: string[] = []
  if (operators.length > 1) hints.push('several operators are installed: two that look after the same namespace work against each other')
  if (running.some((one) => installed.some((other) => other !== one)))
    hints.push('the CRDs and the operator are of different versions: apply deploy/crds.yaml of the version of the operator')
  if (crds.length > 0 && crds.length < plurals.length) hints.push('CRDs are missing: apply deploy/crds.yaml')
  if (running.length > 0 && !running.includes(own))
    hints.push('the plugin and the operator are of different versions: the plugin may not know all that it shows')
  return hints.map((hint): Text => [styled('warning', 'note: '), hint])
}

export function versionOf({ metadata }: Pick<Deployment | CustomResourceDefinition, 'metadata'>): string | undefined {
  return metadata.labels?.[versionLabel]
}

export function imageOf({ spec }: Pick<Deployment, 'spec'>): string | undefined {
  return spec?.template.spec?.containers[0]?.image
}
