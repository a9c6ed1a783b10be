import {
  CONFIG_MAP,
  CORE_EVENT,
  ETCD_BACKUP,
  ETCD_BACKUP_SCHEDULE,
  ETCD_RESTORE,
  ETCD_USER,
  JOB,
  NETWORK_POLICY,
  PERSISTENT_VOLUME_CLAIM,
  POD,
  POD_DISRUPTION_BUDGET,
  type Pod,
  SERVICE,
  STATEFUL_SET,
  STORAGE_CLASS,
} from '../../adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../adapters/kube/object.ts'
import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { messageOf } from '../../model/message-of.ts'
import { clientCaSecretName, clientSecretName, peerCaSecretName, peerTlsSecretName, port, serverTlsSecretName } from '../../model/names.ts'
import { version as own } from '../../version.ts'
import { belongsTo } from '../cluster/belongs.ts'
import type { Context, Target } from '../command.ts'
import { crdsIn, imageOf, operatorsIn, versionOf } from '../commands/version.ts'
import { operatorPods } from '../operator-pods.ts'
import { logPath } from '../pod-log.ts'
import { redactObject, redactText } from './redact.ts'
import type { TarFile } from './tar.ts'

/** At most so much of each log. */
const logLimit = { tailLines: 20_000, limitBytes: 4 * 1024 * 1024 }

/** Everything that helps to understand a cluster from far away, without anything secret. No Secret is ever read. */
export async function gather(context: Context, target: Target, cluster: EtcdCluster): Promise<readonly TarFile[]> {
  const { kube, raw } = target
  const { namespace, name } = cluster.metadata
  const { signal } = context
  const files: TarFile[] = []
  const missing: string[] = []
  const add = (path: string, content: string) => void files.push({ path, content })
  const addObjects = (path: string, objects: unknown) => add(path, `${JSON.stringify(redactObject(objects), undefined, 2)}\n`)
  /** What can't be read is noted, and the rest goes on. */
  async function attempt<T>(what: string, look: () => Promise<T>): Promise<T | undefined> {
    try {
      return await look()
    } catch (error) {
      signal.throwIfAborted()
      missing.push(`${what}: ${messageOf(error)}`)
      return undefined
    }
  }
  const listed = async <T extends KubeObject>(kind: ResourceKind<T>) =>
    (await attempt(kind.plural, () => kube.list(kind, kind.clusterScoped ? {} : { namespace }, signal)))?.items ?? []
  const text = async (path: string, what: string, from: string, keep = (line: string) => line !== '') => {
    const found = await attempt(what, () => raw.text(from, signal))
    if (found !== undefined) add(path, `${redactText(found).split('\n').filter(keep).join('\n')}\n`)
  }

  const [backups, schedules, restores, users] = await Promise.all([
    listed(ETCD_BACKUP),
    listed(ETCD_BACKUP_SCHEDULE),
    listed(ETCD_RESTORE),
    listed(ETCD_USER),
  ])
  const belongs = belongsTo(cluster, { backups, schedules, restores, users })
  addObjects('objects/etcdcluster.json', cluster)
  const kinds: readonly ResourceKind<KubeObject>[] = [
    STATEFUL_SET,
    PERSISTENT_VOLUME_CLAIM,
    SERVICE,
    CONFIG_MAP,
    POD_DISRUPTION_BUDGET,
    JOB,
  ]
  const others = await Promise.all(kinds.map(async (kind) => ({ kind, items: await listed(kind) })))
  const pods = (await listed(POD)).filter(({ metadata }) => belongs('Pod', metadata.name))
  const ofCrds = [
    { kind: ETCD_BACKUP, items: backups },
    { kind: ETCD_BACKUP_SCHEDULE, items: schedules },
    { kind: ETCD_RESTORE, items: restores },
    { kind: ETCD_USER, items: users },
  ]
  for (const { kind, items } of [...ofCrds, ...others, { kind: POD, items: pods }])
    addObjects(
      `objects/${kind.plural}.json`,
      items.filter(({ metadata }) => belongs(kind.kind, metadata.name)),
    )
  // Those of others may be what cuts the members off.
  addObjects('objects/networkpolicies.json', await listed(NETWORK_POLICY))
  addObjects('objects/storageclasses.json', await listed(STORAGE_CLASS))
  const events = (await listed(CORE_EVENT)).filter(({ involvedObject }) => belongs(involvedObject.kind ?? '', involvedObject.name ?? ''))
  addObjects('objects/events.json', events)
  const secrets = [peerCaSecretName, clientCaSecretName, peerTlsSecretName, serverTlsSecretName, clientSecretName].map((of) => of(cluster))
  add('secrets.txt', `Not read; the names of the cluster's Secrets:\n${secrets.join('\n')}\n`)

  for (const found of pods) {
    const pod = found.metadata.name
    const where = { namespace, pod, container: pod.startsWith(`${name}-`) && /-\d+$/.test(pod) ? 'etcd' : 'agent' }
    await text(`logs/${pod}.log`, `log of ${pod}`, logPath(where, logLimit))
    if (hasRestarted(found))
      await text(`logs/${pod}.previous.log`, `log of the previous container of ${pod}`, logPath(where, { ...logLimit, previous: true }))
    if (where.container === 'etcd')
      await text(`metrics/${pod}.txt`, `metrics of ${pod}`, `/api/v1/namespaces/${namespace}/pods/${pod}:${port.metrics}/proxy/metrics`)
  }
  // Lines of other clusters are nobody's business here.
  const isAbout = (line: string) => line.includes(`"${namespace}/${name}"`) || (line !== '' && !line.includes('"cluster":'))
  for (const { metadata } of (await attempt("the operator's pods", () => operatorPods(context, target))) ?? []) {
    const where = { namespace: metadata.namespace, pod: metadata.name, container: 'operator' }
    await text(`operator/${metadata.name}.log`, `log of the operator's pod ${metadata.name}`, logPath(where, logLimit), isAbout)
  }

  const server = await attempt('version of the API server', () => raw.text('/version', signal))
  const operators = await attempt('Deployments', () => operatorsIn(target, signal))
  const crds = await attempt('CustomResourceDefinitions', () => crdsIn(target, signal))
  addObjects('versions.json', {
    made: new Date(context.now()).toISOString(),
    plugin: own,
    kubernetes: server === undefined ? null : parsed(server),
    operators:
      operators?.map((one) => ({ namespace: one.metadata.namespace, version: versionOf(one), image: imageOf(one), status: one.status })) ??
      null,
    crds: crds?.map((one) => ({ name: one.metadata.name, version: versionOf(one) })) ?? null,
    etcd: cluster.status?.version ?? null,
  })
  addObjects('plan.json', {
    nextStep: cluster.status?.nextStep ?? null,
    rollout: cluster.status?.rollout ?? null,
    plan: cluster.status?.plan ?? null,
  })
  add('missing.txt', missing.length === 0 ? 'everything could be read\n' : `${missing.map(redactText).join('\n')}\n`)
  return files
}

/** Only then there is a container before the present one; its log may be gone all the same. */
function hasRestarted({ status }: Pod): boolean {
  return status?.containerStatuses?.some(({ restartCount }) => restartCount > 0) ?? false
}

function parsed(text: string): unknown {
  return JSON.parse(text)
}
