import { clientSecretName, memberName, port } from '../names.ts'
import { answerOf, podOf } from './members.ts'
import type { ClusterView } from './view.ts'

/**
 * A command for people that only root may give where etcd asks who somebody is. The certificate that etcdctl finds in a pod names nobody.
 */
export function etcdctlAsRoot(view: ClusterView, command: string): string {
  return isAuthOn(view) ? `etcdctl ${command} (with the Secret of an EtcdUser that has spec.admin)` : etcdctlInPod(view, command)
}

/** In a member's pod etcdctl finds its member, and a certificate, by itself, whether or not members speak TLS. */
export function etcdctlInPod(view: ClusterView, command: string): string {
  return `kubectl exec ${memberToAsk(view)} -- etcdctl ${command}`
}

/** A command for people on their own machine, which needs the port and the files that a pod has. */
export function etcdctlOutside(view: ClusterView, member: string, command: string): string {
  const forward = `kubectl port-forward pod/${member} ${port.client}`
  if (podOf(view, member)?.clientScheme !== 'https') return `${forward} and etcdctl ${command}`
  const whose = isAuthOn(view)
    ? 'the Secret of an EtcdUser that has spec.admin, or a certificate of root made from the CA of the clients'
    : `Secret ${clientSecretName(view.cluster)}`
  const flags = `--endpoints https://127.0.0.1:${port.client} --cacert ca.crt --cert tls.crt --key tls.key`
  return `${forward} and etcdctl ${flags} ${command} (the files are those of ${whose})`
}

/** Also where the members did not tell: what was known last counts. */
function isAuthOn({ auth, cluster }: ClusterView): boolean {
  return auth.etcd.known ? auth.etcd.value.enabled : cluster.status?.auth?.enabled === true
}

/** A member that serves clients, if one is known. */
function memberToAsk(view: ClusterView): string {
  const serving = [...view.answers.keys()].toSorted().find((name) => answerOf(view, name)?.serves === true)
  return serving ?? memberName(view.cluster, 0)
}
