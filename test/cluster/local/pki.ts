import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../command.ts'
import { apiServerUrl, clusterDomain, configDir, hostIp, kubernetesServiceIp, type NodeLayout, pkiDir } from './layout.ts'

/** Who talks to the API server; each has a token. Certificates are used only where Kubernetes takes nothing else. */
const users = {
  admin: { user: 'admin', groups: ['system:masters'] },
  'controller-manager': { user: 'system:kube-controller-manager', groups: [] },
  scheduler: { user: 'system:kube-scheduler', groups: [] },
  proxy: { user: 'system:kube-proxy', groups: [] },
} as const

/** Makes all keys, certificates, tokens and kubeconfigs of a new cluster. */
export async function createPki(nodes: readonly NodeLayout[]): Promise<void> {
  mkdirSync(pkiDir, { recursive: true, mode: 0o700 })
  mkdirSync(configDir, { recursive: true })
  await Promise.all([
    createAuthority('ca', 'test-cluster'),
    createAuthority('front-proxy-ca', 'test-cluster-front-proxy'),
    // An authority of its own: who may speak to the API server may not for that reason read and write behind its back.
    createAuthority('etcd-ca', 'test-cluster-etcd'),
  ])
  const serviceNames = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${clusterDomain}`,
    'localhost',
  ]
  await Promise.all([
    createLeaf('ca', 'apiserver', '/CN=kube-apiserver', 'serverAuth', [hostIp, kubernetesServiceIp, '127.0.0.1'], serviceNames),
    createLeaf('ca', 'apiserver-kubelet-client', '/O=system:masters/CN=kube-apiserver-kubelet-client', 'clientAuth'),
    // etcd speaks to itself with its own certificate.
    createLeaf('etcd-ca', 'etcd', '/CN=etcd', 'serverAuth,clientAuth', ['127.0.0.1']),
    createLeaf('etcd-ca', 'apiserver-etcd-client', '/CN=kube-apiserver-etcd-client', 'clientAuth'),
    createLeaf('front-proxy-ca', 'front-proxy-client', '/CN=front-proxy-client', 'clientAuth'),
    ...nodes.map((node) =>
      createLeaf('ca', `kubelet-${node.name}`, `/O=system:nodes/CN=system:node:${node.name}`, 'serverAuth', [node.ip], [node.name]),
    ),
  ])
  createServiceAccountKey()
  createTokens(nodes)
}

export function tokenOf(holder: string): string {
  return readFileSync(join(pkiDir, `${holder}.token`), 'utf8')
}

/** The path of a component's kubeconfig (JSON, which is YAML too). */
export function kubeconfigOf(holder: string): string {
  return join(configDir, `${holder}.kubeconfig`)
}

/** Self-contained, so that it can be copied. */
export function kubeconfigText(holder: string): string {
  const authority = readFileSync(join(pkiDir, 'ca.crt')).toString('base64')
  return `apiVersion: v1
kind: Config
current-context: etcd-operator-dev
clusters:
- name: etcd-operator-dev
  cluster:
    server: ${apiServerUrl}
    certificate-authority-data: ${authority}
contexts:
- name: etcd-operator-dev
  context: {cluster: etcd-operator-dev, user: ${holder}}
users:
- name: ${holder}
  user: {token: ${tokenOf(holder)}}
`
}

async function createAuthority(name: string, commonName: string): Promise<void> {
  await openssl(name, [`/CN=${commonName}`, 'basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'])
}

function createLeaf(
  authority: string,
  name: string,
  subject: string,
  usage: 'serverAuth' | 'clientAuth' | 'serverAuth,clientAuth',
  ips: readonly string[] = [],
  names: readonly string[] = [],
): Promise<void> {
  const alternatives = [...ips.map((ip) => `IP:${ip}`), ...names.map((dns) => `DNS:${dns}`)]
  const extensions = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', `extendedKeyUsage=${usage}`]
  if (alternatives.length > 0) extensions.push(`subjectAltName=${alternatives.join(',')}`)
  return openssl(name, [subject, ...extensions], ['-CA', join(pkiDir, `${authority}.crt`), '-CAkey', join(pkiDir, `${authority}.key`)])
}

async function openssl(
  name: string,
  [subject, ...extensions]: readonly [string, ...string[]],
  signer: readonly string[] = [],
): Promise<void> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', join(pkiDir, `${name}.key`)]
  const certificate = [
    '-out',
    join(pkiDir, `${name}.crt`),
    '-days',
    '3650',
    '-subj',
    subject,
    ...extensions.flatMap((line) => ['-addext', line]),
  ]
  await run('openssl', ['req', '-x509', '-config', '/dev/null', ...key, ...certificate, ...signer])
}

function createServiceAccountKey(): void {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFileSync(join(pkiDir, 'service-account.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  writeFileSync(join(pkiDir, 'service-account.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
}

function createTokens(nodes: readonly NodeLayout[]): void {
  const holders = [
    ...Object.entries(users).map(([holder, { user, groups }]) => ({ holder, user, groups })),
    ...nodes.map(({ name }) => ({ holder: `kubelet-${name}`, user: `system:node:${name}`, groups: ['system:nodes'] })),
  ]
  const rows = holders.map(({ holder, user, groups }) => {
    const token = randomBytes(24).toString('hex')
    writeFileSync(join(pkiDir, `${holder}.token`), token, { mode: 0o600 })
    writeFileSync(kubeconfigOf(holder), kubeconfigText(holder), { mode: 0o600 })
    return `${token},${user},${holder},"${groups.join(',')}"\n`
  })
  writeFileSync(join(pkiDir, 'tokens.csv'), rows.join(''), { mode: 0o600 })
}

/** The paths of a serving certificate, its key and the CA. */
export function pkiPair(name: string): Readonly<{ certificate: string; key: string; authority: string }> {
  return { certificate: join(pkiDir, `${name}.crt`), key: join(pkiDir, `${name}.key`), authority: join(pkiDir, 'ca.crt') }
}
