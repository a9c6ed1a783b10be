import type { Etcd } from '../../adapters/etcd.ts'
import { Failure, isFailure } from '../../adapters/failure.ts'
import { CONFIG_MAP, ETCD_CLUSTER, JOB, PERSISTENT_VOLUME_CLAIM, POD, STATEFUL_SET } from '../../adapters/kube/kinds.ts'
import type { KubeObject } from '../../adapters/kube/object.ts'
import type { Kube } from '../../adapters/kube.ts'
import { annotation, label } from '../../api/labels.ts'
import { leaderOf, podOf } from '../../model/cluster/members.ts'
import type { ClusterView, PodFacts } from '../../model/cluster/view.ts'
import { unreachable } from '../../model/known.ts'
import { configKey, configName } from '../../model/names.ts'
import { isRecord } from '../../model/record.ts'
import { dataVolume } from '../../objects/cluster/data-volume.ts'
import { podTemplate, statefulSet } from '../../objects/cluster/stateful-set.ts'
import { configMap, memberConfigText } from '../../objects/etcd-config/member-config.ts'
import { type JobNeeds, restoreJob, verifyJob } from '../../objects/jobs/restore-jobs.ts'
import { endpointOf } from '../../observe/cluster/members.ts'
import type { Observation } from '../../observe/cluster/observe.ts'
import type { Step } from '../../plan/cluster/step.ts'

/**
 * Carries out one step. The observation is the live one that the step was planned from: its uids and resourceVersions are the
 * preconditions. Each step ends in one call that changes something; doing it twice does it once.
 */
export async function perform(
  tools: { readonly kube: Kube; readonly etcd: Etcd },
  observation: Observation,
  step: Step,
  signal: AbortSignal,
): Promise<void> {
  const { kube, etcd } = tools
  const { view, objects } = observation
  const { cluster } = view
  const { namespace, name, resourceVersion, uid: clusterUid } = cluster.metadata
  const options = { signal }

  switch (step.do) {
    case 'FreezeBootstrap': {
      const { size, token, incarnation, adopted, clusterId, restore } = step
      const bootstrap = { size, token, incarnation, ...(adopted ? { adopted } : {}), ...(restore ? { restore } : {}) }
      const status = { bootstrap, ...(clusterId === undefined ? {} : { clusterID: clusterId }) }
      await kube.patch(ETCD_CLUSTER, { namespace, name }, { metadata: { uid: clusterUid, resourceVersion }, status }, signal, {
        subresource: 'status',
      })
      return
    }
    case 'PinCluster': {
      const { clusterId: clusterID, restoredKeys } = step
      const counted = restoredKeys === undefined ? {} : { bootstrap: { restore: { restoredKeys } } }
      const body = { metadata: { uid: clusterUid, resourceVersion }, status: { clusterID, ...counted } }
      await kube.patch(ETCD_CLUSTER, { namespace, name }, body, signal, { subresource: 'status' })
      return
    }
    case 'CreateVerifyJob':
      await kube.create(JOB, verifyJob(view, step.file, jobNeeds(view)), signal)
      return
    case 'CreateVolume':
      await kube.create(PERSISTENT_VOLUME_CLAIM, dataVolume(view, step.member), signal)
      return
    case 'CreateRestoreJob':
      await kube.create(JOB, restoreJob(view, step.from, jobNeeds(view)), signal)
      return
    case 'DeleteJob':
      // Its name is free again only when its pods are gone: two never write to one volume.
      await kube.delete(JOB, { namespace, name: step.job }, { uid: step.uid }, signal, { propagationPolicy: 'Foreground' })
      return
    case 'WriteConfig': {
      const written = Object.entries(step.write).map(
        ([member, initial]) => [configKey(member), memberConfigText(view, member, initial)] as const,
      )
      const removed = step.remove.map((member) => [configKey(member), null] as const)
      if (view.config.state === 'ours') {
        const { uid, resourceVersion: seen } = view.config
        await kube.patch(
          CONFIG_MAP,
          { namespace, name: configName(cluster) },
          { metadata: { uid, resourceVersion: seen }, data: Object.fromEntries([...written, ...removed]) },
          signal,
        )
      } else {
        await kube.create(CONFIG_MAP, configMap(cluster, Object.fromEntries(written)), signal)
      }
      return
    }
    case 'CreateStatefulSet':
      await kube.create(STATEFUL_SET, statefulSet(view, step.replicas), signal)
      return
    case 'SetReplicas':
      await kube.patch(
        STATEFUL_SET,
        { namespace, name },
        { metadata: preconditions(view, step.uid), spec: { replicas: step.replicas } },
        signal,
      )
      return
    case 'UpdateTemplate': {
      const metadata = { ...preconditions(view, step.uid), annotations: { [annotation.template]: step.template } }
      const template = replacing(objects.statefulSet?.spec?.template, podTemplate(cluster))
      await kube.patch(STATEFUL_SET, { namespace, name }, { metadata, spec: { template } }, signal)
      return
    }
    case 'AddLearner':
      try {
        await etcd.addLearner(endpointOf(leaderPod(view)), step.peerUrl, options)
      } catch (error) {
        // A member with this peer URL is listed: the reply of an earlier try was lost. It is adopted by its peer URL.
        if (!isFailure(error, 'conflict')) throw error
      }
      return
    case 'PromoteLearner':
      await etcd.promote(endpointOf(leaderPod(view)), step.id, options)
      return
    case 'RemoveMember':
      await etcd.remove(endpointOf(leaderPod(view)), step.id, options)
      return
    case 'MoveLeader':
      await etcd.moveLeader(endpointOf(leaderPod(view)), step.toId, options)
      return
    case 'StopServing':
      await kube.patch(POD, { namespace, name: step.member }, { metadata: { uid: step.uid, labels: { [label.serving]: null } } }, signal)
      return
    case 'DeletePod':
      await kube.delete(POD, { namespace, name: step.member }, asSeen(objects.pods, step.uid), signal)
      return
    case 'DeleteVolume':
      await kube.delete(PERSISTENT_VOLUME_CLAIM, { namespace, name: step.volume }, asSeen(objects.volumes, step.uid), signal)
      return
    default:
      unreachable(step)
  }
}

/** The step was planned from this view, in which the image is known. */
function jobNeeds({ restore }: ClusterView): JobNeeds {
  if (restore === undefined || restore.stage === 'member' || !restore.agentImage.known)
    throw new Failure('unavailable', "the operator's own image isn't known")
  return { image: restore.agentImage.value, mounts: restore.mounts }
}

/** Membership is changed through the leader: it alone knows how far the others are. */
function leaderPod(view: ClusterView): PodFacts {
  const leader = leaderOf(view)
  const pod = leader?.name === undefined ? undefined : podOf(view, leader.name)
  if (pod?.ip === undefined) throw new Failure('unavailable', 'no leader can be reached')
  return pod
}

function preconditions(view: ClusterView, uid: string): { uid: string; resourceVersion?: string } {
  return view.statefulSet.state === 'ours' && view.statefulSet.uid === uid
    ? { uid, resourceVersion: view.statefulSet.resourceVersion }
    : { uid }
}

/**
 * The object as it was in the live look: a pod whose container was started again since then keeps its uid, but not its
 * resourceVersion, and is a member that takes part.
 */
function asSeen(objects: readonly KubeObject[], uid: string): { uid: string; resourceVersion?: string } {
  const resourceVersion = objects.find((object) => object.metadata.uid === uid)?.metadata.resourceVersion
  return resourceVersion === undefined ? { uid } : { uid, resourceVersion }
}

/** A merge patch that leaves nothing of the old value behind: what the new one lacks is removed (and defaulted by the server). */
function replacing(old: unknown, wanted: object): object {
  const gone = isRecord(old) ? Object.fromEntries(Object.keys(old).map((key) => [key, null])) : {}
  const nested = Object.entries(wanted).map(([key, value]) => [key, isRecord(value) && isRecord(old) ? replacing(old[key], value) : value])
  return { ...gone, ...Object.fromEntries(nested) }
}
