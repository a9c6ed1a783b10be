/**
 * Whether the scheduler says that a pod's volumes lie where the pod can never run: every node is ruled out by where a volume is
 * or by what the pod itself asks for. A node that is full, cordoned or away may serve later, so then it isn't said.
 *
 *   0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 2 node(s) didn't match PersistentVolume's
 *   node affinity. preemption: ...
 */
export function isVolumeConflict(words: string): boolean {
  const [, list = ''] = /nodes are available: (.*?)\.(?: |$)/s.exec(words) ?? []
  const reasons = list.split(/, (?=\d+ )/)
  return reasons.some((reason) => volumes.test(reason)) && reasons.every((reason) => volumes.test(reason) || lasting.test(reason))
}

/** Kubernetes 1.34 and later; before; where the nodes of one volume, or of the pod, are none of another's. */
const volumes =
  /didn't match PersistentVolume's node affinity|had volume node affinity conflict|didn't satisfy plugin(\(s\) \[.*)? ?VolumeBinding/

/** Taints that the node's controller sets and takes away again aren't told from others since 1.35. */
const lasting = /didn't match Pod's node affinity\/selector|untolerated taint \{node-role\.kubernetes\.io\//
