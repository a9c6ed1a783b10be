import type { EtcdCluster, MemberStatus } from '../../src/api/etcd-cluster.ts'

/** What has changed from one status to the next, in lines for a person: the operator's steps in its own words, and the members. */
export function whatHappened(before: EtcdCluster | undefined, now: EtcdCluster | undefined): readonly string[] {
  if (now === undefined) return [`${' '.repeat(19)}the EtcdCluster is gone`]
  return [...stepLines(before, now), ...memberLines(before, now)]
}

function stepLines(before: EtcdCluster | undefined, now: EtcdCluster): readonly string[] {
  const step = now.status?.nextStep
  const told = before?.status?.nextStep
  if (step === undefined || (step.id === told?.id && step.reason === told.reason)) return []
  return [`${step.reason.padEnd(18)} ${shortened(step.message)}`]
}

function memberLines(before: EtcdCluster | undefined, now: EtcdCluster): readonly string[] {
  const old = rowsOf(before)
  const rows = rowsOf(now)
  const changed = [...rows.values()].flatMap((row) => changeOf(old.get(row.name), row) ?? [])
  const gone = [...old.keys()].filter((name) => !rows.has(name)).map((name) => `${name} is gone`)
  return [...changed, ...gone].map((text) => `${' '.repeat(19)}${text}`)
}

function changeOf(before: MemberStatus | undefined, now: MemberStatus): string | undefined {
  if (now.ready && !before?.ready) return `${now.name} is a ${now.role.toLowerCase()} and ready${now.leader ? ', and leads' : ''}`
  if (now.role !== before?.role) return `${now.name} is ${article(now.role)}${now.node && !before?.node ? ` on ${now.node}` : ''}`
  if (now.leader && before !== undefined && !before.leader) return `${now.name} leads`
  return undefined
}

function article(role: MemberStatus['role']): string {
  const words = { Voter: 'a voter', Learner: 'a learner', Joining: 'joining', Leaving: 'leaving', Failed: 'failed' }
  return words[role]
}

function rowsOf(cluster: EtcdCluster | undefined): ReadonlyMap<string, MemberStatus> {
  return new Map((cluster?.status?.memberStatus ?? []).map((row) => [row.name, row]))
}

/** etcd's and the scheduler's words can fill a screen. */
function shortened(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`
}
