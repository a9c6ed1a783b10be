import { NETWORK_POLICY } from '../../adapters/kube/kinds.ts'
import { wantsNetworkPolicy } from '../../model/network-policy.ts'
import { owned } from '../../observe/cluster/facts.ts'
import type { Observation } from '../../observe/cluster/observe.ts'
import type { SafeWrite } from './safe-write.ts'

/** The deletion of the operator's own NetworkPolicy where the EtcdCluster wants none any more. */
export function unwantedPolicy({ view: { cluster }, objects: { networkPolicy: live } }: Observation): readonly SafeWrite[] {
  if (live === undefined || wantsNetworkPolicy(cluster)) return []
  // Safety: only the policy that this very EtcdCluster owns, by uid; somebody else's of the same name is theirs.
  const found = owned(cluster, live, () => undefined)
  if (found.state !== 'ours' || found.deleting) return []
  const { namespace, name } = live.metadata
  const { uid, resourceVersion } = found
  return [
    {
      object: `NetworkPolicy ${name}`,
      creates: false,
      difference: 'spec.networkPolicy.enabled is false',
      id: `delete ${uid}`,
      async send(kube, signal) {
        await kube.delete(NETWORK_POLICY, { namespace, name }, { uid, resourceVersion }, signal)
        return live
      },
      remains: () => undefined,
    },
  ]
}
