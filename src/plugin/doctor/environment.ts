import { isFailure } from '../../adapters/failure.ts'
import { ETCD_CLUSTER, NETWORK_POLICY, type NetworkPolicy, POD, STORAGE_CLASS } from '../../adapters/kube/kinds.ts'
import { label } from '../../api/labels.ts'
import { wantsNetworkPolicy } from '../../model/network-policy.ts'
import { isRecord } from '../../model/record.ts'
import { operatorPods } from '../operator-pods.ts'
import { type Check, type Finding, fail, ok, warn } from './check.ts'

const oldestMinor = 31

/** Kubernetes itself. */
export const kubernetes: Check = async ({ signal }, { raw }) => {
  const told: unknown = JSON.parse(await raw.text('/version', signal))
  const { major, minor, gitVersion } = isRecord(told) ? told : {}
  const isOld = Number(major) === 1 && Number.parseInt(String(minor), 10) < oldestMinor
  return [
    isOld
      ? fail(`Kubernetes ${gitVersion} is too old: the operator needs 1.${oldestMinor}`, 'upgrade Kubernetes')
      : ok(`Kubernetes ${gitVersion}`),
  ]
}

/** Volumes can be made, and can grow. */
export const storageClasses: Check = async ({ signal }, { kube }) => {
  const found = await kube.list(STORAGE_CLASS, {}, signal).catch((error: unknown) => {
    if (isFailure(error, 'forbidden')) return undefined
    throw error
  })
  if (found === undefined) return [warn('StorageClasses are not known: you may not list them', 'ask an administrator to run this')]
  if (found.items.length === 0) return [fail('there is no StorageClass: no member gets a volume', 'install a provisioner of volumes')]
  const standard = found.items.filter(({ metadata }) => metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true')
  const rigid = found.items.filter(({ allowVolumeExpansion }) => allowVolumeExpansion !== true).map(({ metadata }) => metadata.name)
  const [one] = standard
  return [
    one === undefined
      ? warn(
          'no StorageClass is the default one',
          `set spec.storage.className of each EtcdCluster: ${found.items.map(({ metadata }) => metadata.name).join(', ')}`,
        )
      : ok(`StorageClass ${one.metadata.name} is the default`),
    ...(standard.length > 1
      ? [
          warn(
            `${standard.length} StorageClasses are the default: Kubernetes takes the newest`,
            'set spec.storage.className of each EtcdCluster',
          ),
        ]
      : []),
    ...(rigid.length === 0
      ? []
      : [
          warn(
            `volumes of StorageClass ${rigid.join(', ')} can't grow`,
            'allowVolumeExpansion: true where the driver can; else spec.storage.migration moves members to new volumes',
          ),
        ]),
  ]
}

/** Nobody's NetworkPolicy cuts members off from each other, or the operator from them. Policies add up: only what no policy admits is closed. */
export const networkPolicies: Check = async (context, target) => {
  const { kube, namespace } = target
  const { signal } = context
  const policies = await kube.list(NETWORK_POLICY, { namespace }, signal).catch((error: unknown) => {
    if (isFailure(error, 'forbidden')) return undefined
    throw error
  })
  if (policies === undefined) return [warn('NetworkPolicies are not known: you may not list them', 'ask an administrator to run this')]
  const clusters = (await kube.list(ETCD_CLUSTER, { namespace }, signal)).items
  const findings = await Promise.all(
    clusters.map(async (cluster): Promise<readonly Finding[]> => {
      const { name } = cluster.metadata
      const pods = (await kube.list(POD, { namespace, labelSelector: `${label.cluster}=${name}` }, signal)).items
      const labels = pods[0]?.metadata.labels ?? { [label.cluster]: name, 'app.kubernetes.io/name': 'etcd' }
      const theirs = policies.items.filter((policy) => policy.metadata.labels?.[label.cluster] === undefined && selects(policy, labels))
      const closing = theirs
        .filter((policy) => closes(policy, 'Egress') && (policy.spec?.egress ?? []).length === 0)
        .map(({ metadata }) => metadata.name)
      const inward = theirs.filter((policy) => closes(policy, 'Ingress')).map(({ metadata }) => metadata.name)
      const isAlone = !wantsNetworkPolicy(cluster)
      return [
        ...(closing.length === 0
          ? []
          : [
              fail(
                `NetworkPolicy ${closing.join(', ')} lets members of ${name} send nothing: they can't reach each other`,
                `allow egress to ports 2379 and 2380 of pods with ${label.cluster}=${name}, and DNS`,
              ),
            ]),
        ...(inward.length > 0 && isAlone
          ? [
              warn(
                `NetworkPolicy ${inward.join(', ')} limits who reaches members of ${name}, and the cluster has no policy of its own`,
                `spec.networkPolicy.enabled: true, or allow members and the operator's namespace on ports 2379 to 2381`,
              ),
            ]
          : []),
      ]
    }),
  )
  const ofOperator = await closedOperator()
  const all = [...findings.flat(), ...ofOperator]
  return all.length > 0 ? all : [ok(`no NetworkPolicy cuts members or the operator off, as far as namespace ${namespace} tells`)]

  async function closedOperator(): Promise<readonly Finding[]> {
    try {
      const [pod] = await operatorPods(context, target)
      if (pod === undefined) return []
      const found = await kube.list(NETWORK_POLICY, { namespace: pod.metadata.namespace }, signal)
      const closing = found.items.filter((policy) => selects(policy, pod.metadata.labels ?? {}) && closes(policy, 'Egress'))
      const none = closing.filter(({ spec }) => (spec?.egress ?? []).length === 0)
      if (closing.length === 0 || closing.length > none.length) return []
      return [
        fail(
          `NetworkPolicy ${none.map(({ metadata }) => metadata.name).join(', ')} lets the operator reach nobody`,
          'allow egress to the API server, to ports 2379 to 2381 of members, and DNS',
        ),
      ]
    } catch (error) {
      if (isFailure(error, 'forbidden')) return []
      throw error
    }
  }
}

function closes({ spec }: NetworkPolicy, direction: 'Ingress' | 'Egress'): boolean {
  const types = spec?.policyTypes ?? ['Ingress', ...(spec?.egress === undefined ? [] : ['Egress'])]
  return types.includes(direction)
}

function selects({ spec }: NetworkPolicy, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = spec?.podSelector ?? {}
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key]
      if (operator === 'Exists') return value !== undefined
      if (operator === 'DoesNotExist') return value === undefined
      const isIn = value !== undefined && values.includes(value)
      return operator === 'In' ? isIn : !isIn
    })
  )
}
