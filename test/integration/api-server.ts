import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONFIG_MAP } from '../../src/adapters/kube/kinds.ts'
import { connectKube } from '../../src/adapters/kube.ts'
import { binaryPath, etcdBinary } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { run, until } from '../cluster/command.ts'
import { freeAddress } from '../cluster/free-address.ts'
import { NAMESPACE } from '../cluster/kinds.ts'
import { timedProgress } from '../cluster/progress.ts'
import { controlPlaneEtcd } from '../cluster/versions.ts'

/** A real kube-apiserver with its etcd on loopback; no nodes, and no controllers before `startControllers`. */
export interface ApiServer {
  /** Path of a kubeconfig: `admin` may do everything, `nobody` nothing; `audited` may do everything, and its requests are logged. */
  kubeconfig(user: User): string
  /** One line of JSON for each request of `audited`, from the moment it was received. */
  readonly auditLog: string
  /** To the API server's process, and to it alone. */
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
  /** Starts it again after its end; resolves when it serves. */
  restart(): Promise<void>
  /** Keeps a copy of all that is stored now. */
  copyData(): Promise<void>
  /** Puts that copy in the place of what is stored, as a restore of the control plane does, and starts again. */
  setBack(): Promise<void>
  /** Starts a kube-controller-manager with these controllers alone. */
  startControllers(...names: readonly string[]): Promise<void>
  /** Ends all processes and removes their files. */
  cleanUp(): Promise<void>
}

type User = 'admin' | 'nobody' | 'audited'

/** Builds what the cache lacks; the start itself takes some seconds. */
export async function startApiServer(): Promise<ApiServer> {
  await ensureBinaries([`etcd-${controlPlaneEtcd}/etcd`, 'kube-apiserver'], { progress: timedProgress() })
  const dir = mkdtempSync(join(tmpdir(), 'api-server-'))
  const address = await freeAddress(...Object.values(port))
  await writeCredentials(dir, address)
  const startEtcd = () => startProcess(dir, 'etcd', etcdBinary(controlPlaneEtcd, 'etcd'), etcdFlags(dir, address))
  let etcd = startEtcd()
  const startServer = () => startProcess(dir, 'kube-apiserver', binaryPath('kube-apiserver'), serverFlags(dir, address))
  let server = startServer()

  async function whileStopped(work: () => void): Promise<void> {
    await Promise.all([end(server), end(etcd)])
    work()
    etcd = startEtcd()
    server = startServer()
    await untilServing(dir, server)
  }

  let controllers: ChildProcess | undefined
  async function cleanUp(): Promise<void> {
    await Promise.all([controllers && end(controllers), end(server), end(etcd)])
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    await untilServing(dir, server)
  } catch (error) {
    const log = readFileSync(join(dir, 'kube-apiserver.log'), 'utf8').split('\n').slice(-20).join('\n')
    await cleanUp()
    throw new Error(`the API server did not start:\n${log}`, { cause: error })
  }
  return {
    auditLog: join(dir, 'audit.log'),
    kubeconfig: (user) => join(dir, `${user}.kubeconfig`),
    signal: (name) => void server.kill(name),
    async restart() {
      await end(server)
      server = startServer()
      await untilServing(dir, server)
    },
    copyData: () => whileStopped(() => cpSync(join(dir, 'etcd'), join(dir, 'copy'), { recursive: true })),
    setBack: () =>
      whileStopped(() => {
        rmSync(join(dir, 'etcd'), { recursive: true })
        cpSync(join(dir, 'copy'), join(dir, 'etcd'), { recursive: true })
      }),
    async startControllers(...names) {
      await ensureBinaries(['kube-controller-manager'], { progress: timedProgress() })
      controllers = startProcess(dir, 'kube-controller-manager', binaryPath('kube-controller-manager'), [
        `--kubeconfig=${join(dir, 'admin.kubeconfig')}`,
        `--controllers=${names.join(',')}`,
        '--leader-elect=false',
        // The port of the test cluster's own is taken.
        '--secure-port=0',
      ])
    },
    cleanUp,
  }
}

const port = { secure: 6443, client: 2379, peer: 2380 } as const

function etcdFlags(dir: string, address: string): string[] {
  const client = `https://${address}:${port.client}`
  const peer = `http://${address}:${port.peer}`
  return [
    '--name=it',
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=it=${peer}`,
    // Any process of the machine may connect: only the API server may read and write.
    '--client-cert-auth',
    `--trusted-ca-file=${join(dir, 'server.crt')}`,
    `--cert-file=${join(dir, 'server.crt')}`,
    `--key-file=${join(dir, 'server.key')}`,
    '--unsafe-no-fsync',
    '--log-level=error',
  ]
}

function serverFlags(dir: string, address: string): string[] {
  return [
    `--bind-address=${address}`,
    `--secure-port=${port.secure}`,
    `--etcd-servers=https://${address}:${port.client}`,
    `--etcd-cafile=${join(dir, 'server.crt')}`,
    `--etcd-certfile=${join(dir, 'server.crt')}`,
    `--etcd-keyfile=${join(dir, 'server.key')}`,
    `--tls-cert-file=${join(dir, 'server.crt')}`,
    `--tls-private-key-file=${join(dir, 'server.key')}`,
    `--token-auth-file=${join(dir, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/16',
    '--service-account-issuer=https://127.0.0.1',
    `--service-account-key-file=${join(dir, 'server.crt')}`,
    `--service-account-signing-key-file=${join(dir, 'server.key')}`,
    `--audit-policy-file=${join(dir, 'audit-policy.json')}`,
    `--audit-log-path=${join(dir, 'audit.log')}`,
    // Nobody makes service accounts here, and loopback is no address that could be advertised.
    '--disable-admission-plugins=ServiceAccount',
    '--endpoint-reconciler-type=none',
  ]
}

/** Each request once, when it was received: a watch would be logged again at its start and its end. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['ResponseStarted', 'ResponseComplete', 'Panic'],
  rules: [{ level: 'Metadata', users: ['audited'] }, { level: 'None' }],
}

async function writeCredentials(dir: string, address: string): Promise<void> {
  const server = `https://${address}:${port.secure}`
  const name = ['-subj', '/CN=api-server', '-addext', `subjectAltName=IP:${address}`]
  const files = ['-keyout', join(dir, 'server.key'), '-out', join(dir, 'server.crt')]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await run('openssl', ['req', '-x509', ...key, '-days', '2', ...name, ...files])
  const tokens = ['admin-token,admin,1,"system:masters"', 'nobody-token,nobody,2', 'audited-token,audited,3,"system:masters"']
  writeFileSync(join(dir, 'tokens.csv'), `${tokens.join('\n')}\n`)
  writeFileSync(join(dir, 'audit-policy.json'), JSON.stringify(auditPolicy))
  const authority = readFileSync(join(dir, 'server.crt')).toString('base64')
  for (const user of ['admin', 'nobody', 'audited']) {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'it', cluster: { server, 'certificate-authority-data': authority } }],
      users: [{ name: user, user: { token: `${user}-token` } }],
      contexts: [{ name: 'it', context: { cluster: 'it', user } }],
      'current-context': 'it',
    }
    writeFileSync(join(dir, `${user}.kubeconfig`), JSON.stringify(config))
  }
}

/** @throws when the process ends instead */
async function untilServing(dir: string, child: ChildProcess): Promise<void> {
  const kube = connectKube({ kubeconfig: join(dir, 'admin.kubeconfig'), userAgent: 'api-server-start', requestTimeoutMs: 2_000 })
  const { signal } = new AbortController()
  let hasEnded = false
  child.once('close', () => {
    hasEnded = true
  })
  // Writes as well: admission waits for its caches longer than reads do.
  const write = () => kube.create(CONFIG_MAP, { metadata: { namespace: 'default', name: 'serves' } }, signal, { dryRun: true })
  const look = async () => (hasEnded ? 'ended' : (await kube.get(NAMESPACE, { name: 'default' }, signal)) && (await write()) && 'serves')
  try {
    if ((await until('the API server serves', 120_000, look, 200)) === 'ended') throw new Error('the process has ended')
  } finally {
    await kube.close()
  }
}

function startProcess(dir: string, name: string, path: string, flags: readonly string[]): ChildProcess {
  const log = createWriteStream(join(dir, `${name}.log`), { flags: 'a' })
  const child = spawn(path, flags, { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  // A test run that ends without its clean-up must not leave servers behind.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('close', () => {
    process.off('exit', kill)
    log.end()
  })
  return child
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.kill('SIGKILL')
  await ended
}
