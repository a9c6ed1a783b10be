import { ETCD_USER } from '../../adapters/kube/kinds.ts'
import type { EtcdUserStatus } from '../../api/etcd-user.ts'
import type { UserContext } from './context.ts'

/** Notes in the status; null takes a note away. */
export type Note = { readonly [Field in 'claim' | 'passwordVersion']?: EtcdUserStatus[Field] | null }

/** By compare-and-swap: of two operators one notes. */
export async function noteInStatus({ kube, view, signal }: UserContext, note: Note): Promise<void> {
  const { uid, resourceVersion } = view.user.metadata
  await kube.patch(ETCD_USER, view.user.metadata, { metadata: { uid, resourceVersion }, status: note }, signal, { subresource: 'status' })
}
