/**
 * Whether the scheduler says that a pod's volumes are on nodes where the pod can never run: every node is ruled out by a volume's
 * node affinity or by the pod's own spec. False where a node is only full, cordoned or not ready: the pod may fit later.
 *
 *   0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 2 node(s) didn't match PersistentVolume's
 *   node affinity. preemption: ...
 */
export function isVolumeConflict(words: string): boolean {
  const [, list = ''] = /nodes are available: (.*?)\.(?: |$)/s.exec(words) ?? []
  const reasons = list.split(/, (?=\d+ )/)
  return reasons.some((reason) => volumes.test(reason)) && reasons.every((reason) => volumes.test(reason) || lasting.test(reason))
}

/** Whether the scheduler rules out a node because of the pod's volume, whatever else keeps the pod from other nodes. */
export function blamesVolume(words: string): boolean {
  return volumes.test(words)
}

/** In this order: Kubernetes 1.34 and later; before 1.34; where no node fits two volumes, or a volume and the pod, at once. */
const volumes =
  /didn't match PersistentVolume's node affinity|had volume node affinity conflict|didn't satisfy plugin(\(s\) \[.*)? ?VolumeBinding/

/** Since 1.35 the message no longer tells the node controller's passing taints from lasting ones, so only this taint counts as lasting. */
const lasting = /didn't match Pod's node affinity\/selector|untolerated taint \{node-role\.kubernetes\.io\//
