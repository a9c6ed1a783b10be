import type { EtcdCluster, MemberStatus } from '../../src/api/etcd-cluster.ts'
import type { Report } from '../client/writer.ts'
import { paint } from './screen.ts'

/** What the demo knows at one moment. */
export interface Scene {
  readonly title: string
  readonly elapsedMs: number
  readonly cluster: EtcdCluster | undefined
  readonly report: Report | undefined
}

/** The board of a moment: what is being done, the members, and what the client sees of it. */
export function boardOf({ title, elapsedMs, cluster, report }: Scene): readonly string[] {
  const step = cluster?.status?.nextStep
  const doing = step === undefined ? paint.good('nothing left to do') : `${paint.busy(step.reason)}: ${step.message}`
  return [
    '',
    `  ${paint.bold(title)}  ${seconds(elapsedMs)}   ${doing}`,
    '',
    `  ${paint.dim(columns('MEMBER', 'ROLE', 'READY', 'NODE', 'DB'))}`,
    ...(cluster?.status?.memberStatus ?? []).map((member) => `  ${memberLine(member)}`),
    '',
    `  ${clientLine(report)}`,
  ]
}

function memberLine(member: MemberStatus): string {
  const role = member.leader ? `${member.role}, leads` : member.role
  const line = columns(member.name, role, member.ready ? 'yes' : 'no', member.node ?? '', member.dbSize ?? '')
  if (member.ready) return paint.good(line)
  return member.role === 'Failed' ? paint.bad(line) : paint.busy(line)
}

function columns(name: string, role: string, ready: string, node: string, db: string): string {
  return `${name.padEnd(12)}${role.padEnd(16)}${ready.padEnd(7)}${node.padEnd(22)}${db}`
}

export function clientLine(report: Report | undefined): string {
  if (report === undefined || report.acknowledged === 0) return paint.dim('client  waits for the cluster')
  const { perSecond, acknowledged, failed, longestPauseMs } = report
  const bad = failed > 0 ? paint.bad(`${failed} failed`) : '0 failed'
  return `client  ${perSecond} writes/s   ${grouped(acknowledged)} acknowledged   ${bad}   longest pause ${Math.round(longestPauseMs)} ms`
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
