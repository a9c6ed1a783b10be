import type { EtcdCluster, EtcdClusterSpec } from '../../api/etcd-cluster.ts'
import { parseDuration } from '../duration.ts'
import { shortHash } from '../hash.ts'
import { nextRun, previousRun, problemOf } from '../schedule/cron.ts'
import { isApproved } from './approval.ts'
import type { ClusterView } from './view.ts'

type Window = EtcdClusterSpec['maintenance']['windows'][number]

/**
 * When what disrupts may begin, from `atMs` on: `atMs` itself while a window of spec.maintenance.windows is open, or where there are none;
 * else the next opening. A window lasts for its duration in elapsed time, whatever the clocks are set to meanwhile. Undefined: a window
 * can't be read (`windowProblems`), and nothing that disrupts is begun.
 */
export function opensAt(cluster: EtcdCluster, atMs: number): number | undefined {
  const windows = windowsOf(cluster)
  if (windows.length === 0) return atMs
  const times = windows.map((window) => (problemOfWindow(window) === undefined ? openingOf(window, atMs) : undefined))
  return times.reduce((first, time) => (first === undefined || time === undefined ? undefined : Math.min(first, time)))
}

/**
 * Whether a turn may begin that disrupts and isn't repair: a window is open, or a person has approved of it. A turn is one member's restart
 * or removal, or a defragmentation; the step that stands for it gives the ID to approve of, from its first step to its last.
 */
export function mayDisrupt({ cluster, now }: Pick<ClusterView, 'cluster' | 'now'>, turn: object): boolean {
  return opensAt(cluster, now) === now || isApproved(cluster, shortHash(turn))
}

/** Whether there are windows and one of them is open: what nobody has asked for, such as another template of a newer operator, may begin. */
export function isWindowOpen({ cluster, now }: Pick<ClusterView, 'cluster' | 'now'>): boolean {
  return windowsOf(cluster).length > 0 && opensAt(cluster, now) === now
}

/** What is wrong with the windows in the spec; each line names the field. */
export function windowProblems(cluster: EtcdCluster): readonly string[] {
  return windowsOf(cluster).flatMap((window, index) => {
    const problem = problemOfWindow(window)
    return problem === undefined ? [] : [problem.replaceAll('spec.', `spec.maintenance.windows[${index}].`)]
  })
}

function openingOf(window: Window, atMs: number): number | undefined {
  const opened = previousRun(window, atMs)
  const isOpen = opened !== undefined && atMs < opened + (parseDuration(window.duration) ?? 0)
  return isOpen ? atMs : nextRun(window, atMs)
}

function problemOfWindow(window: Window): string | undefined {
  if (!((parseDuration(window.duration) ?? 0) > 0))
    return `spec.duration ${JSON.stringify(window.duration)} is not a duration, for example 4h`
  return problemOf(window)
}

/** An EtcdCluster that was stored before the field existed may lack it. */
function windowsOf({ spec }: EtcdCluster): readonly Window[] {
  return spec.maintenance.windows ?? []
}
