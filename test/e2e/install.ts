import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dump, loadAll } from 'js-yaml'
import { isRecord } from '../../src/model/record.ts'
import { loadImage } from '../cluster/cluster.ts'
import type { Progress } from '../cluster/progress.ts'
import { operatorImage } from './images.ts'
import type { Kubernetes } from './kubernetes.ts'

const root = join(import.meta.dirname, '..', '..')
export const operatorNamespace = 'etcd-operator-system'
/** Tells which build the pods run: the image's name stays the same, and a Deployment rolls only when its template differs. */
export const buildAnnotation = 'etcd-operator.dev/test-build'

/** Installs the operator as deploy/install.yaml says, from the image that was built last. Quick when that build runs already. */
export async function installOperator(k8s: Kubernetes, progress: Progress, image: string | undefined): Promise<void> {
  const archive = join(root, 'dist', 'etcd-operator-image.tar')
  const build = image ?? createHash('sha256').update(readFileSync(archive)).digest('hex').slice(0, 16)
  const running = await k8s
    .kubectl(['-n', operatorNamespace, 'get', 'deployment', 'etcd-operator', '-o', `jsonpath={.spec.template.metadata.annotations}`])
    .catch(() => '')
  if (image === undefined && !running.includes(build)) await loadImage(archive, { progress })
  await k8s.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], manifests(build, image ?? operatorImage))
  await k8s.kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all'])
  await k8s.kubectl(['-n', operatorNamespace, 'rollout', 'status', 'deployment/etcd-operator', '--timeout=120s', '--request-timeout=0'])
  progress('the operator runs')
}

/** Removes what `installOperator` made, the kinds and with them every EtcdCluster included. */
export async function uninstallOperator(k8s: Kubernetes): Promise<void> {
  const all = readFileSync(join(root, 'deploy', 'install.yaml'), 'utf8')
  await k8s.kubectl(['delete', '--ignore-not-found', '--request-timeout=0', '--timeout=120s', '-f', '-'], all)
}

function manifests(build: string, image: string): string {
  const documents = loadAll(readFileSync(join(root, 'deploy', 'install.yaml'), 'utf8'))
  return documents.map((document) => dump(isDeployment(document) ? withBuild(document, build, image) : document)).join('---\n')
}

function isDeployment(document: unknown): document is Readonly<Record<string, unknown>> {
  return isRecord(document) && document.kind === 'Deployment'
}

function withBuild(deployment: Readonly<Record<string, unknown>>, build: string, image: string): unknown {
  const text = JSON.stringify(deployment).replaceAll(operatorImage, image)
  const copy = JSON.parse(text) as { spec: { template: { metadata: { annotations?: Record<string, string> } } } }
  copy.spec.template.metadata.annotations = { ...copy.spec.template.metadata.annotations, [buildAnnotation]: build }
  return copy
}
