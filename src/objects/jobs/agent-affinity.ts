import { label } from '../../api/labels.ts'
import { shortHash } from '../../model/hash.ts'
import { isRecord } from '../../model/record.ts'
import type { AgentJob, BackupsVolume } from './job-request.ts'

/**
 * The cluster's own node affinity, and all of it where a member's volume is about to get its place; and where the backups can be
 * mounted on one node at a time, that node: the one of the pod that uses them, and the one of other Jobs that come at the
 * same moment.
 */
export function agentAffinity({ spec, backups, dataClaim, memberLabels = {} }: AgentJob): { affinity?: object } {
  const { nodeAffinity = {}, podAffinity = {}, podAntiAffinity = {} } = spec?.pod.affinity ?? {}
  const isMember = dataClaim !== undefined
  const near = isMember ? withoutOwn(podAffinity, memberLabels) : {}
  const all = {
    nodeAffinity: backups.oneNode && backups.node !== undefined ? onNode(nodeAffinity, backups.node) : nodeAffinity,
    podAffinity: backups.oneNode ? together(near, backups) : near,
    podAntiAffinity: isMember ? podAntiAffinity : {},
  }
  const given = Object.entries(all).filter(([, terms]) => Object.keys(terms).length > 0)
  return given.length > 0 ? { affinity: Object.fromEntries(given) } : {}
}

/**
 * Beside the other Jobs of a claim, unless the user wants it beside other pods: the scheduler looks for pods that match all
 * terms, and there would be none.
 */
function together(podAffinity: Terms, { claimName }: BackupsVolume): Terms {
  if (requiredOf(podAffinity).length > 0) return podAffinity
  const beside = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { [label.claim]: shortHash(claimName) } } }
  return { ...podAffinity, [required]: [beside] }
}

/**
 * Without terms that select the cluster's own members. The scheduler lets the first pod of such a group go anywhere, which the
 * Job's pod is in the first member's place; but it doesn't carry the members' labels.
 */
function withoutOwn(podAffinity: Terms, memberLabels: Readonly<Record<string, string>>): Terms {
  const others = requiredOf(podAffinity).filter((term) => !selects(term, memberLabels))
  const { [required]: _all, ...rest } = podAffinity
  return others.length > 0 ? { ...rest, [required]: others } : rest
}

type Terms = Readonly<Record<string, unknown>>
const required = 'requiredDuringSchedulingIgnoredDuringExecution'

function requiredOf({ [required]: terms }: Terms): readonly unknown[] {
  return Array.isArray(terms) ? terms : []
}

/**
 * As users write it: the API server looks at pods alone. A selector without any word selects all, none at all nothing.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
function selects(term: unknown, labels: Readonly<Record<string, string>>): boolean {
  const selector = isRecord(term) ? term.labelSelector : undefined
  if (!isRecord(selector)) return false
  const { matchLabels, matchExpressions } = selector
  return (
    Object.entries(isRecord(matchLabels) ? matchLabels : {}).every(([key, value]) => labels[key] === value) &&
    (Array.isArray(matchExpressions) ? matchExpressions : []).every((expression) => isRecord(expression) && holds(expression, labels))
  )
}

function holds({ key, operator, values }: Readonly<Record<string, unknown>>, labels: Readonly<Record<string, string>>): boolean {
  const value = typeof key === 'string' ? labels[key] : undefined
  const isListed = value !== undefined && Array.isArray(values) && values.includes(value)
  switch (operator) {
    case 'In':
      return isListed
    case 'NotIn':
      return !isListed
    case 'Exists':
      return value !== undefined
    default:
      return value === undefined
  }
}

/** Terms are alternatives: each of them must name the node. */
function onNode(nodeAffinity: Terms, node: string): Terms {
  const field = { key: 'metadata.name', operator: 'In', values: [node] }
  return { ...nodeAffinity, [required]: { nodeSelectorTerms: nodeTerms(nodeAffinity).map((term) => ({ ...term, matchFields: [field] })) } }
}

/** One that says nothing where the user says nothing. */
function nodeTerms({ [required]: selector }: Terms): readonly object[] {
  const terms = isRecord(selector) && Array.isArray(selector.nodeSelectorTerms) ? selector.nodeSelectorTerms.filter(isRecord) : []
  return terms.length > 0 ? terms : [{}]
}
