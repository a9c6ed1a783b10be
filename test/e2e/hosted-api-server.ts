import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { datastoreFlags, type HostedApiServer, startHosted } from '../client/hosted-api-server.ts'
import { clusterDomain, dnsIp } from '../cluster/local/layout.ts'
import { saveSecret } from './etcdctl-flags.ts'
import type { Kubernetes } from './kubernetes.ts'

export interface Datastore {
  readonly namespace: string
  readonly cluster: string
  /** The Secret of its EtcdUser; absent: plain text, and no user. */
  readonly secret?: string | undefined
}

/** On the first node, with the DNS that pods have: the Service is reached by its name, as the server's certificate needs it. */
export async function startHostedApiServer(
  k8s: Kubernetes,
  { namespace, cluster, secret }: Datastore,
  port: number,
): Promise<HostedApiServer> {
  const [node] = k8s.info.nodes
  if (node?.netns === undefined) throw new Error('the nodes are no namespaces of this machine')
  const resolver = join(mkdtempSync(join(tmpdir(), 'resolver-')), 'resolv.conf')
  writeFileSync(resolver, `nameserver ${dnsIp}\nsearch svc.${clusterDomain} ${clusterDomain}\noptions ndots:5\n`)
  const ownResolver = ['unshare', '--mount', 'sh', '-ec', 'mount --bind "$1" /etc/resolv.conf; shift; exec "$@"', 'sh', resolver]
  const host = {
    program: join(k8s.info.bin, 'kube-apiserver'),
    ip: node.ip,
    port,
    within: ['nsenter', `--net=${node.netns}`, ...ownResolver],
  }
  const scheme = secret === undefined ? 'http' : 'https'
  const folder = secret === undefined ? undefined : await saveSecret(k8s, namespace, secret)
  return startHosted(host, datastoreFlags([`${scheme}://${cluster}.${namespace}.svc:2379`], folder))
}
