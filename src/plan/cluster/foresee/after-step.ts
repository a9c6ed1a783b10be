import type { AuthSeen } from '../../../model/cluster/auth-facts.ts'
import { listed } from '../../../model/cluster/members.ts'
import { nextCluster } from '../../../model/cluster/next-cluster.ts'
import { nextVersionOf } from '../../../model/cluster/next-version.ts'
import { templateHash } from '../../../model/cluster/revision.ts'
import { storageWish } from '../../../model/cluster/storage-wish.ts'
import type { Answer, ClusterView, ConfigEntry, Member, PodFacts, StoredMembers, VolumeFacts } from '../../../model/cluster/view.ts'
import { notedWish } from '../../../model/cluster/wishes.ts'
import { shortHash } from '../../../model/hash.ts'
import { known } from '../../../model/known.ts'
import { parseQuantity } from '../../../model/quantity.ts'
import { podTemplate } from '../../../objects/cluster/stateful-set.ts'
import { readMemberConfig } from '../../../objects/etcd-config/config-file.ts'
import { type InitialState, memberConfigText } from '../../../objects/etcd-config/member-config.ts'
import type { Step } from '../step.ts'
import { afterCertificates } from './after-certificates.ts'

/**
 * What a view shows after a step was carried out, and before anything else has happened. Undefined: what comes of the step is not known
 * before, as with the Job that reads a backup. It need not be exact: the plan that is made from it is a forecast, and nothing relies on it.
 */
export function afterStep(view: ClusterView, step: Step): ClusterView | undefined {
  switch (step.do) {
    case 'FreezeBootstrap': {
      const { size, token, incarnation, begins, tls } = step
      const bootstrap = { size, token, incarnation, ...(tls === undefined ? {} : { tls }) }
      const clusterID = begins.as === 'adopted' ? { clusterID: begins.clusterId } : {}
      return begins.as === 'restored' ? undefined : withStatus(view, { bootstrap, ...clusterID })
    }
    case 'PinCluster':
      return withStatus(view, { clusterID: step.clusterId })
    case 'WriteConfig':
      return withConfigs(view, step.write, step.remove)
    case 'CreateStatefulSet':
      return withSet(view, step.replicas)
    case 'SetReplicas':
      return view.statefulSet.state === 'ours' ? withSetFacts(view, { replicas: step.replicas }) : view
    case 'UpdateTemplate':
      return withSetFacts(view, { ...madeNow(view), template: step.template })
    case 'AddLearner': {
      const id = shortHash([step.member, view.now])
      return withMembers(view, [...listed(view), { id, name: step.member, peerUrl: step.peerUrl, isLearner: true, published: false }])
    }
    case 'UpdatePeerUrl':
      return withMembers(
        view,
        listed(view).map((row) => (row.id === step.id ? { ...row, peerUrl: step.peerUrl } : row)),
      )
    case 'PromoteLearner':
      return withMembers(
        withStored(view, (row) => (row.id === step.id ? { ...row, isLearner: false } : row)),
        listed(view).map((row) => (row.id === step.id ? { ...row, isLearner: false } : row)),
      )
    case 'RemoveMember':
      return withMembers(
        view,
        listed(view).filter(({ id }) => id !== step.id),
      )
    case 'MoveLeader':
      return withAnswers(view, (answer) => (answer.serves ? { ...answer, leaderId: step.toId, raftTerm: answer.raftTerm + 1 } : answer))
    case 'Defragment':
      return withAnswers(view, (answer, name) => (name === step.member ? { ...answer, dbBytes: answer.dbBytesInUse } : answer))
    case 'DisarmNoSpace':
      return withoutAlarms(view, 'NOSPACE')
    case 'DisarmCorrupt':
      return withoutAlarms(view, 'CORRUPT')
    case 'CreateCa':
    case 'WriteCertificates':
    case 'ExchangeCa':
    case 'RetireCa':
    case 'OwnSecret':
    case 'NoteRotation':
      return afterCertificates(view, step)
    case 'RequestCertificate':
      // What cert-manager issues, and when, is not known before.
      return undefined
    case 'CreateBackup':
      return { ...view, backups: { ...view.backups, phases: new Map([...view.backups.phases, [step.name, 'Completed']]) } }
    case 'EnableDowngrade':
      return withAnswers(view, (answer) => (answer.serves ? { ...answer, downgradeTarget: step.target } : answer))
    case 'CancelDowngrade':
      return withAnswers(view, (answer) => (answer.serves ? { ...answer, downgradeTarget: undefined } : answer))
    case 'PrepareRoot':
      return withAuth(view, { root: 'ready' })
    case 'EnableAuth':
      return withStatus(withAuth(view, { enabled: true, nobody: known('refused') }), {
        auth: { ...view.cluster.status?.auth, switchedOn: true },
      })
    case 'DisableAuth':
      return withAuth(view, { enabled: false })
    case 'NoteSnapshots':
      return withStatus(view, { logsFrom: step.logsFrom })
    case 'NoteWish':
      return withStatus(view, { wishes: { ...view.cluster.status?.wishes, [step.kind]: notedWish(step, view.now) } })
    case 'StopServing':
      return withPods(view, (pod) => (pod.uid === step.uid ? { ...pod, serving: false } : pod))
    case 'DeletePod':
      return withPods(view, (pod) => (pod.uid === step.uid ? { ...pod, endsBy: view.now } : pod))
    case 'DeleteVolume':
      return withVolumes(view, (volume) => (volume.uid === step.uid ? { ...volume, deleting: true } : volume))
    case 'GrowVolume': {
      const grown = { requestedBytes: parseQuantity(step.size), madeFor: storageWish(view.cluster) }
      return withVolumes(view, (volume) => (volume.uid === step.uid ? { ...volume, ...grown } : volume))
    }
    case 'DeleteStatefulSet':
      return { ...view, statefulSet: { state: 'absent' } }
    case 'RemoveFinalizer':
    case 'Compact':
    case 'CreateVerifyJob':
    case 'CreateVolume':
    case 'CreateRestoreJob':
    case 'DeleteJob':
      return undefined
  }
}

function withStatus(view: ClusterView, status: NonNullable<ClusterView['cluster']['status']>): ClusterView {
  return { ...view, cluster: { ...view.cluster, status: { ...view.cluster.status, ...status } } }
}

function withAuth(view: ClusterView, change: Partial<AuthSeen>): ClusterView {
  const { etcd } = view.auth
  return etcd.known ? { ...view, auth: { ...view.auth, etcd: known({ ...etcd.value, ...change }) } } : view
}

function withConfigs(view: ClusterView, write: Readonly<Record<string, InitialState>>, remove: readonly string[]): ClusterView {
  const before =
    view.config.state === 'ours'
      ? view.config
      : { uid: 'foreseen', resourceVersion: '', deleting: false, value: { members: new Map<string, ConfigEntry>() } }
  const members = new Map(before.value.members)
  for (const [member, initial] of Object.entries(write)) members.set(member, entryOf(memberConfigText(view, member, initial)))
  for (const member of remove) members.delete(member)
  return { ...view, config: { ...before, state: 'ours', value: { members } } }
}

function entryOf(text: string): ConfigEntry {
  const { state, members, maxLearners = 1, quotaBytes, settings, profile = 'Off' } = readMemberConfig(text)
  const [names, peerUrls] = [members.map(({ name }) => name), members.map(({ peerUrl }) => peerUrl)]
  return { state, members: names, peerUrls, text, hash: shortHash(text), maxLearners, quotaBytes, settings, profile }
}

/** The StatefulSet is made with the template of now, and keeps what identifies the cluster. */
function withSet(view: ClusterView, replicas: number): ClusterView {
  const { clusterID } = view.cluster.status ?? {}
  const incarnation = view.cluster.status?.bootstrap?.incarnation
  const value = {
    replicas,
    ...madeNow(view),
    volumeSize: String(view.cluster.spec.storage.size),
    volumeClass: view.cluster.spec.storage.className || undefined,
    clusterId: clusterID,
    incarnation,
  }
  return { ...view, statefulSet: { state: 'ours', uid: 'foreseen', resourceVersion: '', deleting: false, value } }
}

function madeNow(view: ClusterView) {
  const cluster = nextCluster(view)
  const template = templateHash(cluster)
  return { version: nextVersionOf(view), template, podTemplate: podTemplate(cluster), updateRevision: template, current: true }
}

type SetFacts = Extract<ClusterView['statefulSet'], { state: 'ours' }>['value']

function withSetFacts(view: ClusterView, changes: Partial<SetFacts>): ClusterView {
  const { statefulSet: set } = view
  return set.state === 'ours' ? { ...view, statefulSet: { ...set, value: { ...set.value, ...changes } } } : view
}

export function withMembers(view: ClusterView, members: readonly Member[]): ClusterView {
  return view.membership.known ? { ...view, membership: known({ ...view.membership.value, members }) } : view
}

type Stored = NonNullable<ReturnType<StoredMembers['get']>>[number]

/** What the members have stored of each other. */
function withStored(view: ClusterView, change: (row: Stored) => Stored): ClusterView {
  const { storedMembers: stored } = view
  if (!stored.known) return view
  const changed = [...stored.value].map(([by, rows]) => [by, rows.map(change)] as const)
  return { ...view, storedMembers: known(new Map(changed)) }
}

export function withAnswers(view: ClusterView, change: (answer: Answer, name: string) => Answer): ClusterView {
  const answers = [...view.answers].map(([name, answer]) => [name, answer.known ? known(change(answer.value, name)) : answer] as const)
  return { ...view, answers: new Map(answers) }
}

export function withPods(view: ClusterView, change: (pod: PodFacts) => PodFacts): ClusterView {
  return { ...view, pods: view.pods.map(change) }
}

export function withVolumes(view: ClusterView, change: (volume: VolumeFacts) => VolumeFacts): ClusterView {
  return { ...view, volumes: view.volumes.map(change) }
}

function withoutAlarms(view: ClusterView, alarm: 'NOSPACE' | 'CORRUPT'): ClusterView {
  return withAnswers(view, (answer) => (answer.serves ? { ...answer, alarms: answer.alarms.filter((one) => one.alarm !== alarm) } : answer))
}
