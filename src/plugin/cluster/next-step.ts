import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { needsPerson } from '../../api/reasons.ts'
import { since, until } from '../age.ts'
import { styled, type Text } from '../text.ts'
import { isUnseen } from './state.ts'

/** What the operator does or waits for, and what it needs from a person. */
export interface Now {
  /** `waits`, `does`, `blocked`, or `rests`. */
  readonly what: 'does' | 'waits' | 'blocked' | 'rests'
  readonly text: Text
  /** What the reader can do about it. */
  readonly ways: readonly Text[]
}

export function nowOf(cluster: EtcdCluster, now: number): Now {
  const step = cluster.status?.nextStep
  if (cluster.status?.conditions === undefined)
    return { what: 'waits', text: 'the operator has not looked at it yet', ways: [['is it running? ', command('version')]] }
  const unseen: readonly Text[] = isUnseen(cluster) ? ['the operator has not seen your last change of the spec yet'] : []
  if (step === undefined) return { what: 'rests', text: 'nothing to do', ways: unseen }
  const { action, member, message, reason, since: from, notBefore } = step
  const isBlocked = action === 'Block' || needsPerson(reason)
  const what = isBlocked ? 'blocked' : action === 'Wait' || notBefore !== undefined ? 'waits' : 'does'
  const head = [styled(isBlocked ? 'bad' : 'strong', reason), ...(member === undefined ? [] : [` ${member}`])]
  const left = notBefore === undefined || Date.parse(notBefore) < now ? '' : `; the window opens in ${until(notBefore, now)}`
  const text: Text = [...head, ': ', message, styled('faint', ` (for ${since(from, now)}${left})`)]
  return { what, text, ways: [...unseen, ...waysOut(cluster, reason)] }
}

/** The commands of this plugin that answer a reason. The message has the way out in words already. */
function waysOut({ metadata: { name } }: EtcdCluster, reason: string): readonly Text[] {
  switch (reason) {
    case 'ApprovalNeeded':
    case 'WaitingForWindow':
      return [['let it begin: ', command(`approve ${name}`)]]
    case 'Paused':
      return [['go on: ', command(`resume ${name}`)]]
    default:
      return needsPerson(reason) ? [['look closer: ', command(`events ${name}`)]] : []
  }
}

export function command(line: string) {
  return styled('command', `kubectl etcd ${line}`)
}
