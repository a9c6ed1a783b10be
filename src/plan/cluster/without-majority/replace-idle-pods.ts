import type { TlsMode } from '../../../api/etcd-cluster.ts'
import { annotation } from '../../../api/labels.ts'
import { pinnedClusterId } from '../../../model/cluster/identity.ts'
import { settingsWith } from '../../../model/cluster/member-settings.ts'
import { byOrdinal, configOf, listedByName, mayTakePart, podOf } from '../../../model/cluster/members.ts'
import { nextCluster } from '../../../model/cluster/next-cluster.ts'
import { podTrouble } from '../../../model/cluster/pod-trouble.ts'
import { revisionOf, templateHash } from '../../../model/cluster/revision.ts'
import { anyMayTakePart } from '../../../model/cluster/scaling.ts'
import { fitting, keptProfile, misdialled, nextProfile, schemeOf } from '../../../model/cluster/tls.ts'
import type { ClusterView, ConfigEntry, PodFacts } from '../../../model/cluster/view.ts'
import { needsRestartForResize } from '../../../model/cluster/volume-resize.ts'
import { ordinalOf, peerScheme } from '../../../model/names.ts'
import { minorKey } from '../../../model/versions.ts'
import type { InitialState } from '../../../objects/etcd-config/member-config.ts'
import { allSpecProblems } from '../change/invalid-spec.ts'
import { type Decision, step } from '../step.ts'

/**
 * A pod whose etcd does not run and can't takes no part in anything, so it may take up a corrected template and config at once, without
 * waiting for a majority or for its turn: this is the way out of an image that can't be pulled, a selector that no node fits, or an option that etcd
 * refuses, also where a roll stands at that member.
 */
export function replaceIdlePods(view: ClusterView): Decision | undefined {
  if (view.statefulSet.state !== 'ours' || view.statefulSet.deleting || allSpecProblems(view).length > 0) return undefined
  const { uid, value: set } = view.statefulSet
  const isStopped = !anyMayTakePart(view)
  // Without a majority nothing changes beside a member that runs: a drain could make its pod anew, and it hands out a snapshot as it is.
  const mayChange = view.membership.known || (isStopped && isMinorKept(view))
  // A name that etcd doesn't list joins again, with another config.
  const isMember = ({ name }: PodFacts) => !view.membership.known || listedByName(view, name) !== undefined
  // A pod that starts by itself has its turn when it runs: replacing it would only keep it away for longer.
  const idle = view.pods.filter(
    (pod) => !mayTakePart(pod) && pod.endsBy === undefined && (isStopped || (isMember(pod) && podTrouble(view, pod.name) !== undefined)),
  )
  if (!isStopped && idle.length === 0) return undefined

  const stale = mayChange ? staleConfigs(view, isStopped ? undefined : idle) : []
  // Safety: none of these etcds runs, and each member keeps the state of its config: none that refuses an empty volume is opened again.
  if (stale.length > 0) {
    return step(
      'ReplacingPod',
      `${isStopped ? 'no member runs, so' : 'it does not run, so'} the corrected settings of ${stale.map(([name]) => name).join(', ')} are taken up at once`,
      {
        do: 'WriteConfig',
        write: Object.fromEntries(stale),
        remove: [],
      },
    )
  }

  const wished = templateHash(nextCluster(view))
  // Safety: nothing is restarted by it. A pod that a drain re-creates meanwhile takes up the version that the cluster may go to next.
  if (set.template !== wished && mayChange && (isStopped || idle.some((pod) => waitsForTemplate(view, pod)))) {
    const who = isStopped ? 'no member runs' : `${idle.map(({ name }) => name).join(', ')} does not run`
    return step('ReplacingPod', `${who}, so the corrected template is taken up at once`, {
      do: 'UpdateTemplate',
      uid,
      template: wished,
    })
  }

  const outdated = idle.find((pod) => isOutdated(view, pod))
  if (outdated === undefined) return undefined
  // Safety: its container is known not to run; the volume stays, and a re-created pod of the same name mounts it again.
  const what = needsRestartForResize(view, outdated.name) ? 'so that its file system is expanded' : 'with the corrected template'
  return step('ReplacingPod', `replacing pod ${outdated.name}, which does not run, ${what}`, {
    do: 'DeletePod',
    member: outdated.name,
    uid: outdated.uid,
  })
}

/**
 * The configs that differ from what the spec asks for now. No config that begins a cluster is written once the cluster ID is pinned.
 * `pods`: those whose configs count; undefined: all configs.
 */
function staleConfigs(view: ClusterView, pods: readonly PodFacts[] | undefined): readonly (readonly [string, InitialState])[] {
  if (view.config.state !== 'ours') return []
  return [...view.config.value.members].flatMap(([name, entry]) => {
    const initial = initialOf(view, entry)
    const tls = idleProfile(view, name, entry)
    if (initial === undefined || entry.settings === settingsWith(view, tls)) return []
    const isMeant = pods === undefined || pods.some((pod) => pod.name === name)
    return isMeant && isNoted(view, name) ? [[name, tls === keptProfile(view, name) ? initial : { ...initial, tls }] as const] : []
  })
}

/**
 * Whether it is known with which file the member's next process starts. A pod that is created while the file is written mounts the one or the
 * other, and nothing would tell which: it is marked with the file as it is when it is first seen.
 */
function isNoted(view: ClusterView, name: string): boolean {
  const pod = podOf(view, name)
  return pod === undefined ? !isMade(view, name) : pod.endsBy === undefined && pod.startedWith !== undefined
}

function isMade({ cluster, statefulSet: set }: ClusterView, name: string): boolean {
  return set.state === 'ours' && (ordinalOf(cluster, name) ?? 0) < set.value.replicas
}

/**
 * The profile that a member which does not run takes up at once.
 *
 * Safety: it goes on listening to peers on its scheme, because they dial what stands in the list; only where a majority gives the list, and no
 * other member is dialled on the wrong scheme, it changes as in its turn. A learner keeps the scheme with which it was added.
 */
function idleProfile(view: ClusterView, name: string, { profile }: ConfigEntry): TlsMode {
  const next = nextProfile(view)
  const row = listedByName(view, name)
  if (row?.isLearner) return fitting(schemeOf(row.peerUrl), next)
  const isOnlyOne = row !== undefined && !anyMayChangeScheme(view, name) && misdialled(view).every((member) => member.name === name)
  return isOnlyOne ? next : fitting(peerScheme(profile), next)
}

/** Whether a member before this one, which does not run either, would change its scheme: one at a time does. */
function anyMayChangeScheme(view: ClusterView, name: string): boolean {
  const order = byOrdinal(view)
  return view.pods.some((pod) => !mayTakePart(pod) && order(pod.name, name) < 0 && changesScheme(view, pod.name))
}

function changesScheme(view: ClusterView, name: string): boolean {
  const file = configOf(view, name)
  return file !== undefined && peerScheme(file.profile) !== peerScheme(nextProfile(view))
}

function initialOf(view: ClusterView, { state, members }: ConfigEntry): InitialState | undefined {
  if (state === 'unreadable' || (state === 'bootstrap' && pinnedClusterId(view) !== undefined)) return undefined
  return state === 'established' ? { state } : { state, members }
}

/** Whether another template would make another pod of it: not for labels, which are patched. */
function waitsForTemplate(view: ClusterView, { name }: PodFacts): boolean {
  const { runs, wished } = revisionOf(view, name)
  return (runs.pod !== undefined && runs.pod !== wished.pod) || lacksCertificates(view, name)
}

/** Its file names certificates, and its pod was made without them. */
function lacksCertificates(view: ClusterView, name: string): boolean {
  const isMounted = podOf(view, name)?.annotations[annotation.tls] !== undefined
  return !isMounted && (configOf(view, name)?.profile ?? 'Off') !== 'Off'
}

/**
 * Whether the pod has an older template, or waits in the kubelet's back-off with an older config; false until the StatefulSet's controller
 * has seen the newest template.
 */
function isOutdated(view: ClusterView, { name, startedWith }: PodFacts): boolean {
  const { runs, wished } = revisionOf(view, name)
  // A full volume may be what keeps it from running.
  if (needsRestartForResize(view, name)) return true
  if (wished.template === undefined) return false
  const file = configOf(view, name)
  const isRewritten = file !== undefined && file.settings === settingsWith(view, idleProfile(view, name, file))
  return (
    (runs.template !== undefined && runs.template !== wished.template) ||
    (isRewritten && startedWith !== undefined && startedWith !== file.settings)
  )
}

/** Without a list nobody can say which version the members may go to: the settings may be corrected, but the minor version stays. */
function isMinorKept(view: ClusterView): boolean {
  const ran = view.cluster.status?.version
  return ran === undefined || minorKey(ran) === minorKey(nextCluster(view).spec.version)
}
