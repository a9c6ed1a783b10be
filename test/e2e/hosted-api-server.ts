import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectKube } from '../../src/adapters/kube.ts'
import { run } from '../cluster/command.ts'
import { NAMESPACE } from '../cluster/kinds.ts'
import { clusterDomain, dnsIp } from '../cluster/local/layout.ts'
import { saveSecret } from './etcdctl-flags.ts'
import type { Kubernetes } from './kubernetes.ts'
import { until } from './until.ts'

/** A kube-apiserver of its own whose datastore is an EtcdCluster, as that of a hosted control plane. */
export interface HostedApiServer {
  /** Path of a kubeconfig that may do everything. */
  readonly kubeconfig: string
  stop(): Promise<void>
}

export interface Datastore {
  readonly namespace: string
  readonly cluster: string
  /** The Secret of its EtcdUser; absent: plain text, and no user. */
  readonly secret?: string | undefined
}

/** On the first node, with the DNS that pods have: the Service is reached by its name, as the server's certificate needs it. */
export async function startHostedApiServer(k8s: Kubernetes, datastore: Datastore, port: number): Promise<HostedApiServer> {
  const [node] = k8s.info.nodes
  if (node?.netns === undefined) throw new Error('the nodes are no namespaces of this machine')
  const dir = mkdtempSync(join(tmpdir(), 'hosted-api-server-'))
  const url = `https://${node.ip}:${port}`
  await writeCredentials(dir, node.ip, url)
  writeFileSync(join(dir, 'resolv.conf'), `nameserver ${dnsIp}\nsearch svc.${clusterDomain} ${clusterDomain}\noptions ndots:5\n`)
  const flags = [...serverFlags(dir, node.ip, port), ...(await etcdFlags(k8s, datastore))]

  const log = openSync(join(dir, 'log'), 'a')
  const own = 'mount --bind "$1" /etc/resolv.conf; shift; exec "$@"'
  const command = ['sh', '-ec', own, 'sh', join(dir, 'resolv.conf'), join(k8s.info.bin, 'kube-apiserver'), ...flags]
  const server = spawn('nsenter', [`--net=${node.netns}`, 'unshare', '--mount', ...command], { stdio: ['ignore', log, log] })
  const kill = () => server.kill('SIGKILL')
  process.once('exit', kill)
  const stop = async () => {
    process.off('exit', kill)
    if (server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    kill()
    await ended
  }

  const kubeconfig = join(dir, 'kubeconfig')
  const kube = connectKube({ kubeconfig, userAgent: 'hosted', requestTimeoutMs: 5_000 })
  try {
    await until(`the API server on ${datastore.cluster} serves`, 120, () =>
      kube.get(NAMESPACE, { name: 'default' }, AbortSignal.timeout(5_000)),
    )
  } catch (error) {
    await stop()
    throw new Error(`${String(error)}\n${readFileSync(join(dir, 'log'), 'utf8').split('\n').slice(-15).join('\n')}`, { cause: error })
  } finally {
    await kube.close()
  }
  return { kubeconfig, stop }
}

/** As docs/operations/hosted-control-planes.md gives them. */
async function etcdFlags(k8s: Kubernetes, { namespace, cluster, secret }: Datastore): Promise<readonly string[]> {
  // Compaction by the API server needs the right to compact, which only etcd's root has: etcd compacts by itself.
  const compaction = '--etcd-compaction-interval=0'
  if (secret === undefined) return [compaction, `--etcd-servers=http://${cluster}.${namespace}.svc:2379`]
  const folder = await saveSecret(k8s, namespace, secret)
  return [
    compaction,
    `--etcd-servers=https://${cluster}.${namespace}.svc:2379`,
    `--etcd-cafile=${join(folder, 'ca.crt')}`,
    `--etcd-certfile=${join(folder, 'tls.crt')}`,
    `--etcd-keyfile=${join(folder, 'tls.key')}`,
  ]
}

function serverFlags(dir: string, ip: string, port: number): readonly string[] {
  return [
    `--bind-address=${ip}`,
    `--secure-port=${port}`,
    `--tls-cert-file=${join(dir, 'server.crt')}`,
    `--tls-private-key-file=${join(dir, 'server.key')}`,
    `--token-auth-file=${join(dir, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/16',
    '--service-account-issuer=https://hosted',
    `--service-account-key-file=${join(dir, 'server.crt')}`,
    `--service-account-signing-key-file=${join(dir, 'server.key')}`,
    '--disable-admission-plugins=ServiceAccount',
    '--endpoint-reconciler-type=none',
  ]
}

async function writeCredentials(dir: string, ip: string, server: string): Promise<void> {
  const files = ['-keyout', join(dir, 'server.key'), '-out', join(dir, 'server.crt')]
  const name = ['-subj', '/CN=hosted', '-addext', `subjectAltName=IP:${ip}`]
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...files,
    ...name,
  ])
  writeFileSync(join(dir, 'tokens.csv'), 'hosted-token,admin,1,"system:masters"\n')
  const authority = readFileSync(join(dir, 'server.crt')).toString('base64')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'hosted', cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: 'admin', user: { token: 'hosted-token' } }],
    contexts: [{ name: 'hosted', context: { cluster: 'hosted', user: 'admin' } }],
    'current-context': 'hosted',
  }
  writeFileSync(join(dir, 'kubeconfig'), JSON.stringify(config))
}
