import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ETCD_BACKUP, ETCD_BACKUP_SCHEDULE, ETCD_CLUSTER, ETCD_RESTORE, ETCD_USER } from '../../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../../src/adapters/kube/object.ts'
import type { Kube } from '../../../src/adapters/kube.ts'
import { aSeenCluster, type Seen } from '../../builders/a-seen-cluster.ts'
import { NAMESPACE } from '../../cluster/kinds.ts'
import { installKinds } from '../install-kinds.ts'

const { signal } = new AbortController()
const kinds: readonly ResourceKind<KubeObject>[] = [ETCD_CLUSTER, ETCD_BACKUP, ETCD_BACKUP_SCHEDULE, ETCD_RESTORE, ETCD_USER]

export async function installCrds(kube: Kube): Promise<void> {
  await installKinds(kube, kinds)
}

export async function makeNamespace(kube: Kube, name: string): Promise<void> {
  await kube.create(NAMESPACE, { metadata: { name } } as never, signal)
}

/** An EtcdCluster whose status the test writes, as the operator would. */
export async function makeCluster(kube: Kube, seen: Seen): Promise<void> {
  const { metadata, spec } = aSeenCluster(seen)
  await kube.create(ETCD_CLUSTER, { metadata: { name: metadata.name, namespace: metadata.namespace }, spec } as never, signal)
  await writeStatus(kube, seen)
}

export async function writeStatus(kube: Kube, seen: Seen): Promise<void> {
  const { metadata, status } = aSeenCluster(seen)
  await kube.patch(ETCD_CLUSTER, { namespace: metadata.namespace, name: metadata.name }, { status }, signal, { subresource: 'status' })
}

/** A kubeconfig of the test API server with another address, context or name. */
export function otherKubeconfig(path: string, folder: string, name: string, change: (config: Kubeconfig) => void): string {
  const config: Kubeconfig = JSON.parse(readFileSync(path, 'utf8'))
  change(config)
  const file = join(folder, `${name}.kubeconfig`)
  writeFileSync(file, JSON.stringify(config))
  return file
}

export interface Kubeconfig {
  clusters: { name: string; cluster: { server: string; 'certificate-authority-data': string } }[]
  users: { name: string; user: { token: string } }[]
  contexts: { name: string; context: { cluster: string; user: string; namespace?: string } }[]
  'current-context': string
}
