import { label } from '../../api/labels.ts'
import { shortHash } from '../../model/hash.ts'
import { isRecord } from '../../model/record.ts'
import type { AgentJob, BackupsVolume } from './job-request.ts'

/**
 * The affinity of a Job's pod: the cluster's own node affinity, and all of the cluster's affinity where a member's volume is about to be
 * provisioned. Where the volume with the backups can be mounted on one node at a time, also that node: the node of the pod that uses
 * the volume, and the node of other Jobs that start at the same moment.
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
 * On the node of the other Jobs of a claim, unless the user has pod affinity terms: the scheduler wants a pod that matches all terms, and
 * there would be none.
 */
function together(podAffinity: Terms, { claimName }: BackupsVolume): Terms {
  if (requiredOf(podAffinity).length > 0) return podAffinity
  const beside = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { [label.claim]: shortHash(claimName) } } }
  return { ...podAffinity, [required]: [beside] }
}

/**
 * The terms without those that select the cluster's own members. The scheduler allows any node for the first pod of a group that selects
 * itself. The Job's pod comes in the place of the first member, but does not have the members' labels.
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
 * Whether a term selects pods with these labels. An empty selector selects all pods, no selector selects none. The term may have any form:
 * the API server checks it only in pods.
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

/** The user's terms; a single empty term where the user gives none. */
function nodeTerms({ [required]: selector }: Terms): readonly object[] {
  const terms = isRecord(selector) && Array.isArray(selector.nodeSelectorTerms) ? selector.nodeSelectorTerms.filter(isRecord) : []
  return terms.length > 0 ? terms : [{}]
}
