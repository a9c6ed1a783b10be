import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectKube } from '../../src/adapters/kube.ts'
import { run } from '../cluster/command.ts'
import { NAMESPACE } from '../cluster/kinds.ts'
import { until } from '../e2e/until.ts'

/** A kube-apiserver of its own, whose datastore is an etcd under test, as that of a hosted control plane. */
export interface HostedApiServer {
  /** Path of a kubeconfig that may do everything. */
  readonly kubeconfig: string
  stop(): Promise<void>
}

export interface Host {
  /** Path of the program. */
  readonly program: string
  readonly ip: string
  readonly port: number
  /** The command that the program runs in, such as one that enters a namespace; empty: none. */
  readonly within: readonly string[]
}

/** The flags of a kube-apiserver that say where its datastore is, as docs/operations/hosted-control-planes.md gives them. */
export function datastoreFlags(endpoints: readonly string[], folder: string | undefined): readonly string[] {
  return [
    // Compaction by the API server needs the right to compact, which only etcd's root has: etcd compacts by itself.
    '--etcd-compaction-interval=0',
    `--etcd-servers=${endpoints.join(',')}`,
    ...(folder === undefined
      ? []
      : [
          `--etcd-cafile=${join(folder, 'ca.crt')}`,
          `--etcd-certfile=${join(folder, 'tls.crt')}`,
          `--etcd-keyfile=${join(folder, 'tls.key')}`,
        ]),
  ]
}

/** Resolves when it serves. */
export async function startHosted({ program, ip, port, within }: Host, datastore: readonly string[]): Promise<HostedApiServer> {
  const dir = mkdtempSync(join(tmpdir(), 'hosted-api-server-'))
  await writeCredentials(dir, ip, port)
  const log = openSync(join(dir, 'log'), 'a')
  const [command = program, ...args] = [...within, program, ...serverFlags(dir, ip, port), ...datastore]
  const server = spawn(command, args, { stdio: ['ignore', log, log] })
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
    await until('the hosted API server serves', 120, () => kube.get(NAMESPACE, { name: 'default' }, AbortSignal.timeout(5_000)))
  } catch (error) {
    await stop()
    throw new Error(`${String(error)}\n${readFileSync(join(dir, 'log'), 'utf8').split('\n').slice(-15).join('\n')}`, { cause: error })
  } finally {
    await kube.close()
  }
  return { kubeconfig, stop }
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

async function writeCredentials(dir: string, ip: string, port: number): Promise<void> {
  const files = ['-keyout', join(dir, 'server.key'), '-out', join(dir, 'server.crt')]
  const name = ['-subj', '/CN=hosted', '-addext', `subjectAltName=IP:${ip}`]
  const key = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  await run('openssl', [...key, ...files, ...name])
  writeFileSync(join(dir, 'tokens.csv'), 'hosted-token,admin,1,"system:masters"\n')
  const authority = readFileSync(join(dir, 'server.crt')).toString('base64')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'hosted', cluster: { server: `https://${ip}:${port}`, 'certificate-authority-data': authority } }],
    users: [{ name: 'admin', user: { token: 'hosted-token' } }],
    contexts: [{ name: 'hosted', context: { cluster: 'hosted', user: 'admin' } }],
    'current-context': 'hosted',
  }
  writeFileSync(join(dir, 'kubeconfig'), JSON.stringify(config))
}
