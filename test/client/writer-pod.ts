import { CONFIG_MAP, POD } from '../../src/adapters/kube/kinds.ts'
import { operatorImage } from '../e2e/images.ts'
import type { Kubernetes } from '../e2e/kubernetes.ts'
import { until } from '../e2e/until.ts'
import { bundleClient } from './bundle.ts'
import { clientSecret, speaksTls, tlsOfPod } from './secret-of-client.ts'
import type { Report, Verification } from './writer.ts'

/** The writer in a pod; it is spoken to through the API server, so this works wherever kubectl does. */
export interface WriterPod {
  report(): Promise<Report>
  /** Figures count for this phase from now on. */
  phase(name: string): Promise<Report>
  pause(): Promise<void>
  resume(): Promise<void>
  /** Has its certificate and the CAs now as they are in its Secret, and not within the minute that a kubelet takes otherwise. */
  refresh(): Promise<void>
  /** Stops writing, reads everything back (that was acknowledged at no higher revision than `upTo`) and compares. */
  verify(upTo?: string): Promise<Report & { readonly verification: Extract<Verification, { state: 'done' }> }>
}

export interface WriterOptions {
  readonly namespace: string
  /** Name of the EtcdCluster. */
  readonly cluster: string
  readonly writers?: number
  readonly intervalMs?: number
  readonly image?: string
  /** Of the pod; `<cluster>-writer` where nothing else is said. */
  readonly name?: string
  /** False: a write that was not acknowledged is not sent again. */
  readonly repeats?: boolean
  /** Whether it speaks TLS; by default as the status of the cluster says when the writer is started. */
  readonly tls?: boolean
  /** The Secret with its certificate; by default that of applications without a user. */
  readonly secret?: string
}

const controlPort = 8080

/** Starts a pod that writes to a cluster that answers, and waits for its first write. */
export async function startWriter(k8s: Kubernetes, options: WriterOptions): Promise<WriterPod> {
  const { namespace, cluster, name = `${cluster}-writer` } = options
  const signal = AbortSignal.timeout(60_000)
  const isSecure = options.tls ?? (await speaksTls(k8s, namespace, cluster))
  const tls = isSecure ? tlsOfPod(options.secret ?? clientSecret(cluster), 'WRITER_TLS') : undefined
  await k8s.kube.create(CONFIG_MAP, { metadata: { name, namespace }, data: { 'writer.cjs': await bundleClient('writer') } }, signal)
  await k8s.kube.create(POD, { metadata: { name, namespace, labels: { app: name } }, spec: podSpec(name, options, tls) }, signal)

  const proxy = `/api/v1/namespaces/${namespace}/pods/${name}:${controlPort}/proxy`
  const ask = async (method: 'GET' | 'POST', path: string) => JSON.parse(await k8s.request(method, `${proxy}${path}`)) as Report
  await until('the writer writes', 120, async () => ((await ask('GET', '/report')).acknowledged > 0 ? true : undefined))
  return {
    report: () => ask('GET', '/report'),
    phase: (phase) => ask('POST', `/phase?name=${encodeURIComponent(phase)}`),
    pause: async () => void (await ask('POST', '/pause')),
    resume: async () => void (await ask('POST', '/resume')),
    refresh: async () => {
      const annotations = { 'etcd-operator.dev/test-refresh': String(Date.now()) }
      await k8s.kube.patch(POD, { namespace, name }, { metadata: { annotations } }, AbortSignal.timeout(20_000))
    },
    async verify(upTo) {
      await ask('POST', upTo === undefined ? '/verify' : `/verify?upTo=${upTo}`)
      return until('everything was read back', 120, async () => {
        const report = await ask('GET', '/report')
        if (report.verification?.state === 'failed') throw new Error(report.verification.error)
        return report.verification?.state === 'done' ? { ...report, verification: report.verification } : undefined
      })
    },
  }
}

function podSpec(name: string, options: WriterOptions, tls: ReturnType<typeof tlsOfPod> | undefined) {
  const { namespace, cluster, writers = 1, intervalMs = 20, image = operatorImage, repeats = true } = options
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 1,
    securityContext: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'writer',
        image,
        imagePullPolicy: 'IfNotPresent',
        command: ['/nodejs/bin/node', '/writer/writer.cjs'],
        env: [
          { name: 'WRITER_ADDRESS', value: `${cluster}.${namespace}.svc:2379` },
          { name: 'WRITER_COUNT', value: String(writers) },
          { name: 'WRITER_INTERVAL_MS', value: String(intervalMs) },
          { name: 'WRITER_CONTROL_PORT', value: String(controlPort) },
          { name: 'WRITER_REPEATS', value: String(repeats) },
          ...(tls?.env ?? []),
        ],
        ports: [{ name: 'control', containerPort: controlPort, protocol: 'TCP' }],
        volumeMounts: [{ name: 'program', mountPath: '/writer', readOnly: true }, ...(tls?.volumeMounts ?? [])],
        resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '512Mi' } },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      },
    ],
    volumes: [{ name: 'program', configMap: { name } }, ...(tls?.volumes ?? [])],
  }
}
