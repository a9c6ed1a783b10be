import type { RefusedWrite } from '../act/cluster/apply.ts'
import type { EtcdCluster } from '../api/etcd-cluster.ts'
import { keyOf } from '../observe/watches/wakes.ts'
import { eventAbout } from '../report/events.ts'
import type { Pass } from './cluster-pass.ts'
import { recordEvent } from './record-event.ts'

/** Records an Event for each refused write, once for as long as it is refused. */
export function recordRefusals({ tools, own }: Pass, cluster: EtcdCluster, refusals: readonly RefusedWrite[]): void {
  for (const { object, decision } of refusals) {
    const { reason, message } = decision
    if (own.toldRefusals.has(message)) continue
    tools.log.warn({ cluster: keyOf(cluster), object, reason, refusal: message }, 'write refused or taken back')
    recordEvent(tools, eventAbout({ kind: 'EtcdCluster', object: cluster }, { type: 'Warning', reason, action: 'Write', note: message }))
  }
  own.toldRefusals = new Set(refusals.map(({ decision }) => decision.message))
}
