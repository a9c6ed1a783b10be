import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ETCD_CLUSTER } from '../../src/adapters/kube/kinds.ts'
import { clientSecret, readSecret } from '../client/secret-of-client.ts'
import type { Kubernetes } from './kubernetes.ts'

/** What an etcdctl of this machine needs to reach a forwarded port of the cluster: as docs/operations/tls.md tells people. */
export async function etcdctlFlags(k8s: Kubernetes, namespace: string, cluster: string, port: number): Promise<readonly string[]> {
  const found = await k8s.kube.get(ETCD_CLUSTER, { namespace, name: cluster }, AbortSignal.timeout(20_000))
  if (!found?.status?.endpoint?.startsWith('https:')) return ['--endpoints', `http://127.0.0.1:${port}`]
  const folder = await saveSecret(k8s, namespace, clientSecret(cluster))
  const file = (name: string) => join(folder, name)
  const certificates = ['--cacert', file('ca.crt'), '--cert', file('tls.crt'), '--key', file('tls.key')]
  return ['--endpoints', `https://127.0.0.1:${port}`, ...certificates]
}

/** Writes the texts of a Secret into a new folder, as its owner does who takes them along; returns the folder. */
export async function saveSecret(k8s: Kubernetes, namespace: string, name: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`))
  const files = await readSecret(k8s, namespace, name)
  if (files === undefined) throw new Error(`there is no Secret ${namespace}/${name}`)
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text, { mode: 0o600 })
  return folder
}
