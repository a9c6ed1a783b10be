import { POD } from '../../src/adapters/kube/kinds.ts'
import { operatorImage } from './images.ts'
import type { Kubernetes } from './kubernetes.ts'
import { until } from './until.ts'

/** A pod that opens connections when it is told to. */
export interface Caller {
  /** `closed`: nothing has answered within two seconds. */
  reaches(ip: string, port: number): Promise<'open' | 'closed'>
}

const controlPort = 8080
const program = `
const { connect } = require('node:net')
require('node:http').createServer((request, response) => {
  const [, host, port] = request.url.split('/')
  const socket = connect({ host, port: Number(port), timeout: 2000 })
  const say = (what) => { socket.destroy(); response.end(what) }
  socket.on('connect', () => say('open')).on('timeout', () => say('closed')).on('error', () => say('closed'))
}).listen(${controlPort})
process.on('SIGTERM', () => process.exit())
`

export async function startCaller(k8s: Kubernetes, namespace: string, name: string): Promise<Caller> {
  const container = {
    name: 'caller',
    image: operatorImage,
    imagePullPolicy: 'IfNotPresent' as const,
    command: ['/nodejs/bin/node', '--eval', program],
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  }
  const spec = {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    securityContext: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container],
  }
  await k8s.kube.create(POD, { metadata: { name, namespace, labels: { app: name } }, spec }, AbortSignal.timeout(20_000))
  const proxy = `/api/v1/namespaces/${namespace}/pods/${name}:${controlPort}/proxy`
  const reaches = async (ip: string, port: number) => ((await k8s.request('GET', `${proxy}/${ip}/${port}`)) === 'open' ? 'open' : 'closed')
  await until(`${name} listens`, 60, () => reaches('127.0.0.1', controlPort))
  return { reaches }
}
