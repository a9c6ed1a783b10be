import type { Bootstrap } from '../../../api/etcd-cluster.ts'
import { foreignInWords } from '../../../model/cluster/foreign-answers.ts'
import { firstIncarnation, pinnedClusterId } from '../../../model/cluster/identity.ts'
import { answerOf, configOf, replicasFor } from '../../../model/cluster/members.ts'
import { podTrouble } from '../../../model/cluster/pod-trouble.ts'
import { restoreSource } from '../../../model/cluster/restored.ts'
import { type Adoptable, adoptableVolumes, retainedVolumes } from '../../../model/cluster/retained-volumes.ts'
import { adoptedMode, beginsWith, frozenTls } from '../../../model/cluster/tls.ts'
import type { ClusterView } from '../../../model/cluster/view.ts'
import { memberName } from '../../../model/names.ts'
import type { InitialState } from '../../../objects/etcd-config/member-config.ts'
import { awaitCertificates } from '../await-certificates.ts'
import { allSpecProblems } from '../change/invalid-spec.ts'
import { block, type Decision, step, wait } from '../step.ts'
import { authenticationEnabled } from './authentication.ts'
import { beginWithBackup, compareRestored, endOutlived, fillVolume, restoredKeys } from './begin-with-backup.ts'
import { clearUnusedVolumes } from './clear-unused-volumes.ts'
import { volumesTooSmall } from './volumes-too-small.ts'

/**
 * Brings a cluster up for the first time:
 *
 *   freeze token, size and data directory -> configs -> StatefulSet -> a majority answers -> cluster ID pinned
 *
 * With a backup the first member's volume is written in between, see begin-with-backup.ts.
 *
 * Each of these steps can be the first of a pass, so a crash between two of them is an ordinary start. Once the cluster ID is pinned
 * this rule never decides again: whatever is missing then, no member is told to begin a new cluster.
 */
export function bootstrap(view: ClusterView): Decision | undefined {
  if (pinnedClusterId(view) !== undefined) return undefined
  const problems = allSpecProblems(view)
  const frozen = view.cluster.status?.bootstrap
  if (frozen === undefined) return problems.length > 0 ? block('InvalidSpec', problems.join('; ')) : begin(view)
  const pinned = endOutlived(view) ?? pin(view, frozen)
  if (pinned !== undefined) return pinned
  if (problems.length > 0) return block('InvalidSpec', problems.join('; '))
  const filled = frozen.restore && fillVolume(view, frozen.restore)
  // Safety: a pod is made only when it finds its certificates; without them it would not start, and never speaks plain text instead.
  return filled ?? awaitCertificates(view) ?? writeConfigs(view, frozen) ?? createPods(view, frozen) ?? awaitMajority(view, frozen)
}

function begin(view: ClusterView): Decision {
  const cleared = clearUnusedVolumes(view)
  if (cleared !== undefined) return cleared
  if (view.cluster.spec.bootstrap.restore === undefined) return freeze(view)
  const source = restoreSource(view.cluster)
  // Safety: a cluster that is to begin with a backup never begins without one, whatever its source is called.
  if (source === undefined)
    return block(
      'InvalidSpec',
      'spec.bootstrap.restore names no source, so nothing is begun: set spec.bootstrap.restore.backup or spec.bootstrap.restore.volume; to begin without data remove spec.bootstrap.restore',
    )
  return view.restore?.stage === 'source'
    ? beginWithBackup(view, source, view.restore)
    : wait('VerifyingBackup', 'looking for the backup that the cluster begins with', 1000)
}

function freeze(view: ClusterView): Decision {
  const { cluster } = view
  const retained = retainedVolumes(view)
  if (retained.some((volume) => volume.deleting)) {
    return wait(
      'WaitingForDeletion',
      `volumes of an earlier cluster of this name are still being deleted: ${retained.map(({ name }) => name).join(', ')}`,
      1000,
    )
  }
  if (retained.length > 0 && cluster.spec.bootstrap.existingVolumes === 'Refuse') {
    return block(
      'RetainedVolumesFound',
      `volumes of an earlier cluster of this name exist: ${retained.map(({ name }) => name).join(', ')}. To bring that cluster back with its data set spec.bootstrap.existingVolumes to Adopt; to begin empty delete these PersistentVolumeClaims; or choose another name for the EtcdCluster`,
    )
  }
  if (retained.length > 0) return adopt(view)
  return step('Bootstrapping', `beginning a new cluster of ${cluster.spec.size}`, {
    do: 'FreezeBootstrap',
    size: cluster.spec.size,
    // Never shared by two clusters, not even by two of the same name one after the other.
    token: `${cluster.metadata.name}-${cluster.metadata.uid}-0`,
    incarnation: firstIncarnation(cluster),
    begins: { as: 'new' },
    ...frozenTls(beginsWith(cluster)),
  })
}

function adopt(view: ClusterView): Decision {
  const found: Adoptable = adoptableVolumes(view)
  if (found.kind === 'refused') return block('VolumesNotAdoptable', found.why)
  const small = volumesTooSmall(view)
  if (small !== undefined) return small
  return step('Bootstrapping', `bringing back cluster ${found.clusterId} with the volumes of ${found.members.join(', ')}`, {
    do: 'FreezeBootstrap',
    size: found.members.length,
    token: `${view.cluster.metadata.name}-${view.cluster.metadata.uid}-0`,
    incarnation: found.incarnation,
    begins: { as: 'adopted', members: found.members, clusterId: found.clusterId },
    // The members go on as they were: what their peers dial stands in their logs.
    ...frozenTls(adoptedMode(view, found.members)),
  })
}

function firstNames(view: ClusterView, frozen: Bootstrap): readonly string[] {
  return frozen.adopted ?? Array.from({ length: frozen.size }, (_, ordinal) => memberName(view.cluster, ordinal))
}

function writeConfigs(view: ClusterView, frozen: Bootstrap): Decision | undefined {
  const names = firstNames(view, frozen)
  const lacking = names.filter((name) => configOf(view, name) === undefined)
  if (lacking.length === 0) return undefined
  // Safety: adopted and restored members never get a config that lets them start empty, or a volume that is lost would become
  // an empty cluster; new ones only while nothing is pinned.
  const hasData = frozen.adopted !== undefined || frozen.restore !== undefined
  const initial: InitialState = hasData ? { state: 'established' } : { state: 'bootstrap', members: names }
  return step('Bootstrapping', `writing the configs of ${lacking.join(', ')}`, {
    do: 'WriteConfig',
    write: Object.fromEntries(lacking.map((name) => [name, initial])),
    remove: [],
  })
}

function createPods(view: ClusterView, frozen: Bootstrap): Decision | undefined {
  if (view.statefulSet.state !== 'absent') return undefined
  const names = firstNames(view, frozen)
  return step('Bootstrapping', `creating the pods of ${names.join(', ')}`, {
    do: 'CreateStatefulSet',
    replicas: replicasFor(view, names),
  })
}

function pin(view: ClusterView, frozen: Bootstrap): Decision | undefined {
  const [foreign] = view.foreignAnswers.keys()
  if (foreign !== undefined) {
    return block(
      'ClusterIdMismatch',
      `${foreignInWords(view)}: that is not the cluster that is being formed; look at their volumes before anything is written`,
      { member: foreign },
    )
  }
  if (!view.membership.known) return undefined
  const { clusterId } = view.membership.value
  const different = frozen.restore && compareRestored(view, frozen.restore)
  if (different !== undefined) return different
  // Safety: the list is linearizable, so a majority of the frozen members stands behind this ID.
  const keys = frozen.restore ? restoredKeys(view) : {}
  return step('ClusterPinned', `a majority answers as cluster ${clusterId}`, { do: 'PinCluster', clusterId, ...keys })
}

function awaitMajority(view: ClusterView, frozen: Bootstrap): Decision {
  const locked = authenticationEnabled(view)
  if (locked !== undefined) return locked
  const names = firstNames(view, frozen)
  const silent = names.filter((name) => answerOf(view, name) === undefined)
  for (const name of silent) {
    const trouble = podTrouble(view, name)
    if (trouble?.reason === 'VolumeLost' && frozen.restore)
      return block('VolumeLost', `${trouble.message}; nobody has written yet: delete this EtcdCluster and restore again`, { member: name })
    if (trouble) return wait(trouble.reason, trouble.message, 1000, { member: name, next: 'PinCluster' })
  }
  const message = silent.length > 0 ? `waiting for ${silent.join(', ')} to start` : 'waiting for a leader'
  return wait('StartingMembers', message, view.pods.some((pod) => pod.etcd.state === 'running') ? 200 : 2000, { next: 'PinCluster' })
}
