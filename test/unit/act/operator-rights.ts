import { Failure } from '../../../src/adapters/failure.ts'
import type { KubeObject, ResourceKind } from '../../../src/adapters/kube/object.ts'
import { documents, find } from '../deploy/files.ts'

const install = documents('deploy/install.yaml')
const roles = ['etcd-operator.dev:operator', 'etcd-operator.dev:volume-deletion', 'etcd-operator.dev:cluster-reader']
const rights = new Set(
  roles
    .flatMap((name) => find(install, 'ClusterRole', name).rules ?? [])
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}.${group}`))),
    ),
)

/**
 * Refuses what the operator's roles don't allow, as the API server does.
 *
 * @throws Failure `forbidden`
 */
export function demandRight(verb: string, { apiVersion, plural }: ResourceKind<KubeObject>, subresource?: string): void {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : ''
  // One right for both forms of events.
  const owned = plural === 'events' ? '' : group
  const resource = subresource === undefined ? plural : `${plural}/${subresource}`
  if (!rights.has(`${verb} ${resource}.${owned}`) && !rights.has(`${verb} ${resource}.${group}`))
    throw new Failure('forbidden', `the operator's roles don't let it ${verb} ${resource}`)
}
