import { expect, test } from 'vitest'
import type { ClusterView } from '../../src/model/cluster/view.ts'
import { policy, type StageName } from '../../src/plan/cluster/policy.ts'
import type { Decision, Rule } from '../../src/plan/cluster/step.ts'
import { firstDecision } from '../../src/plan/decision.ts'

/** A sentence, the view, and what the rule says to it in short; nothing: it is not its concern. */
export type Rows = Readonly<Record<string, readonly [view: ClusterView, says?: string]>>

/** All rules of a stage, in their order. */
export function stage(name: StageName): Rule {
  const rules = policy.flatMap((one) => (one.stage === name ? one.rules : []))
  return (view) => firstDecision(rules, view)
}

/** One test per row. */
export function decides(rule: Rule, rows: Rows): void {
  test.each(Object.entries(rows).map(([sentence, [view, says]]) => ({ sentence, view, says })))('$sentence', ({ view, says }) => {
    expect(inShort(rule(view))).toBe(says)
  })
}

/** `AddLearner demo-3`, `wait MemberUnhealthy demo-1`, `block InvalidSpec`. */
export function inShort(decision: Decision | undefined): string | undefined {
  if (decision === undefined) return undefined
  if (decision.kind === 'step') return inWords(decision.step)
  if (decision.kind === 'steady') return 'steady'
  return [decision.kind, decision.reason, ...(decision.member ? [decision.member] : [])].join(' ')
}

function inWords(step: Extract<Decision, { kind: 'step' }>['step']): string {
  switch (step.do) {
    case 'WriteConfig': {
      const written = Object.entries(step.write).map(([name, initial]) => {
        const members = initial.state === 'established' ? '' : `(${initial.members.map(ordinal).join(' ')})`
        return `${name}=${initial.state}${members}${initial.tls === undefined ? '' : ` ${initial.tls}`}`
      })
      return ['WriteConfig', ...written, ...step.remove.map((name) => `-${name}`)].join(' ')
    }
    case 'SetReplicas':
    case 'CreateStatefulSet':
      return `${step.do} ${step.replicas}`
    case 'MoveLeader':
      return `MoveLeader ${step.member} to ${step.to}`
    case 'DisarmCorrupt':
      return ['DisarmCorrupt', ...step.entries].join(' ')
    case 'FreezeBootstrap':
      return [
        'FreezeBootstrap',
        step.size,
        ...(step.begins.as === 'adopted' ? step.begins.members : []),
        ...(step.tls ? [step.tls] : []),
      ].join(' ')
    case 'PinCluster':
      return ['PinCluster', step.clusterId, ...(step.restoredKeys === undefined ? [] : [`${step.restoredKeys} keys`])].join(' ')
    case 'UpdateTemplate':
    case 'RemoveFinalizer':
    case 'DeleteStatefulSet':
      return step.do
    case 'UpdatePeerUrl':
      return `UpdatePeerUrl ${step.member} ${new URL(step.peerUrl).protocol.replace(':', '')}`
    case 'EnableDowngrade':
      return `EnableDowngrade ${step.member} ${step.target}`
    case 'CreateBackup':
      return step.do
    case 'NoteWish':
      return `NoteWish ${step.kind} ${step.state}`
    case 'NoteSnapshots':
      return `NoteSnapshots ${step.logsFrom}`
    case 'CreateCa':
    case 'ExchangeCa':
    case 'RetireCa':
    case 'OwnSecret':
    case 'NoteRotation':
    case 'WriteCertificates':
      return `${step.do} ${step.secret}`
    case 'RequestCertificate':
      return `RequestCertificate ${step.certificate}`
    case 'CreateVerifyJob':
    case 'DeleteJob':
      return `${step.do} ${step.job}`
    case 'GrowVolume':
      return `GrowVolume ${step.member} to ${step.size}`
    case 'DeletePod':
      return `DeletePod ${step.member}${step.force ? ' by force' : ''}`
    default:
      return `${step.do} ${step.member}`
  }
}

function ordinal(name: string): string {
  return name.slice(name.lastIndexOf('-') + 1)
}
