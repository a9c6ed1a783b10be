import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binaryPath, etcdBinary } from '../binaries.ts'
import { until } from '../command.ts'
import { controlPlaneEtcd } from '../versions.ts'
import type { Api } from './api.ts'
import { type Daemon, startDaemon, untilServing } from './daemon.ts'
import {
  apiServerUrl,
  auditLog,
  configDir,
  controllerManagerPort,
  etcdPeerUrl,
  etcdUrl,
  hostIp,
  pkiDir,
  podRange,
  schedulerPort,
  serviceRange,
  stateDir,
} from './layout.ts'
import { kubeconfigOf } from './pki.ts'
import type { NeededPort } from './ports.ts'

/** What the control plane listens on. Nodes listen in namespaces of their own. */
export const controlPlanePorts: readonly NeededPort[] = [
  { address: hostIp, port: portOf(apiServerUrl), who: 'kube-apiserver' },
  { address: '127.0.0.1', port: portOf(etcdUrl), who: 'etcd' },
  { address: '127.0.0.1', port: portOf(etcdPeerUrl), who: 'etcd' },
  { address: '127.0.0.1', port: controllerManagerPort, who: 'kube-controller-manager' },
  { address: '127.0.0.1', port: schedulerPort, who: 'kube-scheduler' },
]

export function startEtcd(): Promise<Daemon> {
  return startDaemon('etcd', etcdBinary(controlPlaneEtcd, 'etcd'), etcdFlags())
}

/** Without fsync: the cluster is thrown away with the machine's power. */
export function etcdFlags(): readonly string[] {
  return [
    '--name=control-plane',
    `--data-dir=${join(stateDir, 'etcd')}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${etcdPeerUrl}`,
    `--initial-advertise-peer-urls=${etcdPeerUrl}`,
    `--initial-cluster=control-plane=${etcdPeerUrl}`,
    '--client-cert-auth',
    `--trusted-ca-file=${pki('etcd-ca.crt')}`,
    `--cert-file=${pki('etcd.crt')}`,
    `--key-file=${pki('etcd.key')}`,
    '--peer-client-cert-auth',
    `--peer-trusted-ca-file=${pki('etcd-ca.crt')}`,
    `--peer-cert-file=${pki('etcd.crt')}`,
    `--peer-key-file=${pki('etcd.key')}`,
    '--unsafe-no-fsync',
    '--auto-compaction-retention=10m',
    '--log-level=warn',
  ]
}

export function startApiServer(): Promise<Daemon> {
  const policy = join(configDir, 'audit-policy.json')
  mkdirSync(configDir, { recursive: true })
  writeFileSync(
    policy,
    JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules: [{ level: 'Metadata' }] }),
  )
  return startDaemon('kube-apiserver', binaryPath('kube-apiserver'), [
    `--advertise-address=${hostIp}`,
    `--bind-address=${hostIp}`,
    `--secure-port=${portOf(apiServerUrl)}`,
    `--etcd-servers=${etcdUrl}`,
    `--etcd-cafile=${pki('etcd-ca.crt')}`,
    `--etcd-certfile=${pki('apiserver-etcd-client.crt')}`,
    `--etcd-keyfile=${pki('apiserver-etcd-client.key')}`,
    `--service-cluster-ip-range=${serviceRange}`,
    '--allow-privileged=true',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    `--token-auth-file=${pki('tokens.csv')}`,
    `--client-ca-file=${pki('ca.crt')}`,
    `--tls-cert-file=${pki('apiserver.crt')}`,
    `--tls-private-key-file=${pki('apiserver.key')}`,
    `--kubelet-client-certificate=${pki('apiserver-kubelet-client.crt')}`,
    `--kubelet-client-key=${pki('apiserver-kubelet-client.key')}`,
    `--kubelet-certificate-authority=${pki('ca.crt')}`,
    '--kubelet-preferred-address-types=InternalIP',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki('service-account.pub')}`,
    `--service-account-signing-key-file=${pki('service-account.key')}`,
    // Not the client CA: whoever holds a client certificate could then speak for anybody.
    `--requestheader-client-ca-file=${pki('front-proxy-ca.crt')}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${pki('front-proxy-client.crt')}`,
    `--proxy-client-key-file=${pki('front-proxy-client.key')}`,
    `--audit-policy-file=${policy}`,
    `--audit-log-path=${auditLog}`,
    '--audit-log-maxsize=200',
    '--audit-log-maxbackup=2',
  ])
}

export async function apiServerReady(api: Api, server: Daemon): Promise<void> {
  await untilServing(server, 60_000, async () => ((await api.get('/readyz')) === 'ok' ? true : undefined))
  await until('the kubernetes Service exists', 20_000, () => api.get('/api/v1/namespaces/default/services/kubernetes'))
}

export function startControllerManager(): Promise<Daemon> {
  return startDaemon('kube-controller-manager', binaryPath('kube-controller-manager'), [
    '--bind-address=127.0.0.1',
    `--secure-port=${controllerManagerPort}`,
    `--kubeconfig=${kubeconfigOf('controller-manager')}`,
    '--leader-elect=false',
    // The defaults stretch the start over several seconds.
    '--kube-api-qps=200',
    '--kube-api-burst=400',
    `--cluster-cidr=${podRange}`,
    '--allocate-node-cidrs=false',
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${pki('service-account.key')}`,
    `--root-ca-file=${pki('ca.crt')}`,
  ])
}

export function startScheduler(): Promise<Daemon> {
  const kubeconfig = `--kubeconfig=${kubeconfigOf('scheduler')}`
  const address = ['--bind-address=127.0.0.1', `--secure-port=${schedulerPort}`]
  return startDaemon('kube-scheduler', binaryPath('kube-scheduler'), [...address, kubeconfig, '--leader-elect=false'])
}

function pki(file: string): string {
  return join(pkiDir, file)
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}
