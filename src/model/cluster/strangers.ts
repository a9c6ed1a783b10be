import type { Member, Membership } from './view.ts'

/**
 * The voters that no pod, config or volume may tell of: those that somebody else added, and those that have never started. Undefined: there
 * are none. `lists voter beef (http://10.0.0.9:2380), which ...`
 */
export function strangersInWords({ members }: Membership): string | undefined {
  const voters = members.filter(({ isLearner }) => !isLearner)
  const strangers = voters.filter(({ name, published }) => name === undefined || !published)
  if (strangers.length === 0) return undefined
  const one = strangers.length === 1
  const way = `start ${one ? 'it' : 'them'}, and the majority is back; or save a snapshot of a member that answers, and restore it into a new EtcdCluster. A member that is restarted before that serves nothing, not even a snapshot`
  return `lists ${strangers.map(inWords).join(', ')}, which ${one ? 'counts' : 'count'} for the majority of ${voters.length}: ${way}`
}

function inWords({ id, name, peerUrl, published }: Member): string {
  const who = `voter ${name ?? id} (${peerUrl})`
  return [who, ...(name === undefined ? ['added by somebody else'] : []), ...(published ? [] : ['never started'])].join(', ')
}
