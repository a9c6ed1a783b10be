import type { Pod } from '../../src/adapters/kube/kinds.ts'
import { run } from '../cluster/command.ts'
import { etcdPid } from './member-process.ts'

/** The way between one member and other pods, cut in both directions; on the machine of a local test cluster only. */
export interface Cut {
  heal(): Promise<void>
}

/**
 * Drops the packets between a member and other pods, in the network namespace of the member's pod. Nobody is told: connections hang, as
 * they do when a cable is pulled. `share`: how many of the packets are lost, 1 is all of them.
 */
export async function cutOff(member: Pod, others: readonly Pod[], share = 1): Promise<Cut> {
  const pid = String(etcdPid(member))
  const rules = others.flatMap(({ status }) => {
    const address = status?.podIP ?? ''
    return [
      ['OUTPUT', '--destination', address],
      ['INPUT', '--source', address],
    ]
  })
  const luck = share === 1 ? [] : ['--match', 'statistic', '--mode', 'random', '--probability', String(share)]
  const iptables = async (how: string) => {
    for (const [chain = '', ...match] of rules)
      await run('nsenter', [`--net=/proc/${pid}/ns/net`, 'iptables', '--wait', how, chain, ...match, ...luck, '--jump', 'DROP'])
  }
  await iptables('--insert')
  return { heal: () => iptables('--delete') }
}
