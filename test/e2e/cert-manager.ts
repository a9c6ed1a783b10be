import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binaryPath, recipeOf } from '../cluster/binaries.ts'
import { ensureBinaries } from '../cluster/builds.ts'
import { run } from '../cluster/command.ts'
import { goCommand } from '../cluster/go-build.ts'
import { timedProgress } from '../cluster/progress.ts'
import type { Stage } from './harness.ts'
import type { Kubernetes } from './kubernetes.ts'

/** cert-manager while it runs. */
export interface CertManager {
  /** Ends it and removes its kinds, and with them its objects. */
  stop(): Promise<void>
}

/** Takes minutes where no build of it is kept. */
export function buildCertManager(): Promise<void> {
  return ensureBinaries(['cert-manager'], { progress: timedProgress() })
}

/**
 * cert-manager's own controllers, as a process of this machine: those that issue from a CA. Its webhook is not there, so what that would
 * refuse or fill in is not.
 */
export async function startCertManager(k8s: Kubernetes): Promise<CertManager> {
  const files = (await kinds()).flatMap((file) => ['--filename', file])
  // Server-side: the two largest don't fit into the annotation of a client-side apply.
  await k8s.kubectl(['apply', '--server-side', '--force-conflicts', ...files])
  await k8s.kubectl(['wait', '--for=condition=Established', ...files, '--timeout=60s', '--request-timeout=0'])
  await k8s.kubectl(['apply', '--filename', '-'], JSON.stringify(selfSigned))
  const log = openSync(join(mkdtempSync(join(tmpdir(), 'cert-manager-')), 'log'), 'a')
  const controllers = spawn(binaryPath('cert-manager'), [k8s.info.kubeconfig], { stdio: ['ignore', log, log] })
  const kill = () => controllers.kill('SIGKILL')
  process.once('exit', kill)
  return {
    async stop() {
      process.off('exit', kill)
      const ended = controllers.exitCode === null && controllers.signalCode === null ? once(controllers, 'exit') : undefined
      kill()
      await ended
      await k8s.kubectl(['delete', ...files, '--ignore-not-found', '--wait=false'])
    },
  }
}

/** An Issuer with a CA of its own in the namespace of a scenario; its name. */
export async function caIssuer({ kubectl }: Pick<Stage, 'kubectl'>): Promise<string> {
  const certificate = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: 'ca' },
    spec: {
      ...{ isCA: true, commonName: 'ca', secretName: 'ca', duration: '87600h' },
      privateKey: { algorithm: 'ECDSA', size: 256 },
      issuerRef: { name: selfSigned.metadata.name, kind: selfSigned.kind, group: 'cert-manager.io' },
    },
  }
  const issuer = { apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata: { name: 'ca' }, spec: { ca: { secretName: 'ca' } } }
  await kubectl(['apply', '--filename', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [certificate, issuer] }))
  await kubectl(['wait', '--for=condition=Ready', 'issuer.cert-manager.io/ca', '--timeout=60s', '--request-timeout=0'])
  return 'ca'
}

const selfSigned = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'ClusterIssuer',
  metadata: { name: 'selfsigned' },
  spec: { selfSigned: {} },
} as const

/** The files of cert-manager's own module: its kinds are those of its controllers. */
async function kinds(): Promise<readonly string[]> {
  const { dir } = recipeOf('cert-manager')
  const found = await run(goCommand(), ['list', '-m', '-f', '{{.Dir}}', 'github.com/cert-manager/cert-manager'], { cwd: dir })
  return ['certificaterequests', 'certificates', 'clusterissuers', 'issuers'].map((kind) =>
    join(found.trim(), 'deploy', 'crds', `cert-manager.io_${kind}.yaml`),
  )
}
