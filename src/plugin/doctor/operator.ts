import { isFailure } from '../../adapters/failure.ts'
import { LEASE, type Pod } from '../../adapters/kube/kinds.ts'
import { crdsIn, operatorsIn, skewHints } from '../commands/version.ts'
import { operatorPods, usualNamespace } from '../operator-pods.ts'
import { plain } from '../text.ts'
import { type Check, type Finding, fail, ok, warn } from './check.ts'

/** CRDs and operator are there and of one version. */
export const installed: Check = async (context, target) => {
  const [operators, crds] = await Promise.all([operatorsIn(target, context.signal), crdsIn(target, context.signal)])
  const findings: Finding[] = []
  if (crds === undefined)
    findings.push(warn('the CRDs are not known: you may not read CustomResourceDefinitions', 'ask an administrator to run this'))
  else if (crds.length === 0) findings.push(fail('the CRDs are not installed', 'docs/operations/install.md tells how'))
  if (operators === undefined)
    findings.push(warn('the operator is not known: you may not read Deployments', 'ask an administrator to run this'))
  else if (operators.length === 0) findings.push(fail('no operator is installed', 'docs/operations/install.md tells how'))
  const skew = skewHints(operators, crds).map((hint) =>
    warn(plain(hint).replace(/^note: /, ''), 'docs/operations/install.md tells how to upgrade'),
  )
  const isKnown = operators !== undefined && crds !== undefined && operators.length > 0 && crds.length > 0
  return [...findings, ...skew, ...(isKnown && skew.length === 0 ? [ok('operator, CRDs and plugin are of one version')] : [])]
}

/** One of its pods is ready and leads. */
export const running: Check = async (context, target) => {
  const pods = await operatorPods(context, target).catch((error: unknown) => {
    if (isFailure(error, 'forbidden')) return undefined
    throw error
  })
  if (pods === undefined)
    return [
      warn(
        "the operator's pods are not known: you may not list pods there",
        'ask an administrator to run this, or name --operator-namespace',
      ),
    ]
  if (pods.length === 0) return [fail('the operator has no pods', `kubectl -n ${usualNamespace} describe deployment etcd-operator`)]
  const ready = pods.filter(isReady)
  const troubles = pods.flatMap((pod) => troubleOf(pod))
  const first =
    ready.length > 0
      ? ok(`${ready.length} of ${pods.length} pods of the operator are ready`)
      : fail('no pod of the operator is ready', describe(pods[0]))
  return [first, ...troubles, ...(await leads(pods))]

  async function leads([pod]: readonly Pod[]): Promise<readonly Finding[]> {
    const namespace = pod?.metadata.namespace ?? usualNamespace
    const lease = await target.kube.get(LEASE, { namespace, name: 'etcd-operator.dev' }, context.signal).catch((error: unknown) => {
      if (isFailure(error, 'forbidden')) return 'forbidden' as const
      throw error
    })
    if (lease === 'forbidden') return [warn('who leads is not known: you may not read Leases', 'ask an administrator to run this')]
    const renewed = Date.parse(lease?.spec?.renewTime ?? '')
    const holder = lease?.spec?.holderIdentity
    if (!holder || !(context.now() - renewed < leaseMs))
      return [fail('no pod of the operator leads: nothing is done for any cluster', `kubectl -n ${namespace} logs deploy/etcd-operator`)]
    return [ok(`${holder} leads`)]
  }
}

/** Twice the operator's own; clocks differ. */
const leaseMs = 30_000

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true
}

function troubleOf(pod: Pod): readonly Finding[] {
  return (pod.status?.containerStatuses ?? []).flatMap(({ state, restartCount }) => {
    const reason = state?.waiting?.reason
    if (reason !== undefined && /Image/.test(reason))
      return [
        fail(
          `the image of ${pod.metadata.name} can't be pulled: ${state?.waiting?.message ?? reason}`,
          'docs/operations/air-gap.md: load it into the nodes or a registry, and name its pull secret',
        ),
      ]
    if (reason === 'CrashLoopBackOff')
      return [
        fail(
          `${pod.metadata.name} exits again and again (${restartCount} times)`,
          `kubectl -n ${pod.metadata.namespace} logs ${pod.metadata.name} --previous`,
        ),
      ]
    return []
  })
}

function describe(pod: Pod | undefined): string {
  return `kubectl -n ${pod?.metadata.namespace ?? usualNamespace} describe pod ${pod?.metadata.name ?? ''}`
}
