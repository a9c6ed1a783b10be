import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { chooseAccess } from '../../../src/adapters/kube/choose-access.ts'
import { openLines } from '../../../src/adapters/kube/connection.ts'
import { POD } from '../../../src/adapters/kube/kinds.ts'
import { connectKube } from '../../../src/adapters/kube.ts'
import { answer, aPod, aServer, kubeconfigFor, refuse } from './kube-server.ts'

function aDirectory(files: Readonly<Record<string, string>> = {}): string {
  const dir = mkdtempSync(join(tmpdir(), 'kube-access-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}

const inPod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }
const noPod = '/nowhere'

test('without any credentials it says so, instead of guessing a server', () => {
  expect(() => chooseAccess(undefined, { HOME: aDirectory() }, noPod)).toThrow('no way to the Kubernetes API')
  expect(() => chooseAccess(undefined, { HOME: aDirectory(), ...inPod }, noPod)).toThrow('no way to the Kubernetes API')
})

test('in a pod it uses the service account, and reads its token again each time', async () => {
  const dir = aDirectory({ token: 'first\n', 'ca.crt': 'CA' })
  const access = chooseAccess(undefined, { HOME: aDirectory(), ...inPod }, dir)
  expect(await access()).toEqual({ server: 'https://10.0.0.1:443', tls: { ca: 'CA' }, headers: { authorization: 'Bearer first' } })
  writeFileSync(join(dir, 'token'), 'second\n')
  expect((await access()).headers).toEqual({ authorization: 'Bearer second' })
})

test('writes an IPv6 address of the API server in brackets', async () => {
  const dir = aDirectory({ token: 't', 'ca.crt': 'CA' })
  const access = chooseAccess(undefined, { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }, dir)
  expect((await access()).server).toBe('https://[fd00::1]:443')
})

test('a kubeconfig that is named wins, then KUBECONFIG, then the pod, then the personal one', async () => {
  const pod = aDirectory({ token: 't', 'ca.crt': 'CA' })
  const home = aDirectory()
  mkdirSync(join(home, '.kube'))
  writeFileSync(join(home, '.kube', 'config'), kubeconfigFor('https://personal'))
  const dir = aDirectory({ named: kubeconfigFor('https://named'), env: kubeconfigFor('https://env') })
  const serverOf = async (...from: Parameters<typeof chooseAccess>) => (await chooseAccess(...from)()).server
  const env = { HOME: home, KUBECONFIG: join(dir, 'env'), ...inPod }
  expect(await serverOf(join(dir, 'named'), env, pod)).toBe('https://named')
  expect(await serverOf(undefined, env, pod)).toBe('https://env')
  expect(await serverOf(undefined, { ...env, KUBECONFIG: undefined }, pod)).toBe('https://10.0.0.1:443')
  expect(await serverOf(undefined, { HOME: home }, noPod)).toBe('https://personal')
})

test('takes certificates, tokens and passwords from a kubeconfig', async () => {
  const user = (name: string, fields: object) => aDirectory({ [name]: kubeconfigFor('https://server', fields) })
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const certificates = user('c', { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') })
  expect(await chooseAccess(join(certificates, 'c'))()).toMatchObject({ tls: { cert: 'CERT', key: 'KEY', rejectUnauthorized: false } })
  const password = user('p', { username: 'me', password: 'secret' })
  expect(await chooseAccess(join(password, 'p'))()).toMatchObject({ headers: { authorization: `Basic ${base64('me:secret')}` } })
})

test('reads a kubeconfig again when it has changed', async () => {
  const dir = aDirectory({ config: kubeconfigFor('https://old') })
  const path = join(dir, 'config')
  const access = chooseAccess(path)
  expect((await access()).server).toBe('https://old')
  writeFileSync(path, kubeconfigFor('https://new'))
  utimesSync(path, 1, 1)
  expect((await access()).server).toBe('https://new')
})

test('a kubeconfig that is missing or of no use is a failure of the first call', async () => {
  const dir = aDirectory({ empty: 'apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\n' })
  for (const name of ['empty', 'missing']) {
    const kube = connectKube({ kubeconfig: join(dir, name), userAgent: 'test' })
    const call = kube.get(POD, { namespace: 'ns', name: 'a' }, new AbortController().signal)
    await expect(call).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining(join(dir, name)) })
  }
})

test('a token that the server no longer accepts is read again', async () => {
  const { kube, kubeconfig, signal } = await aServer((request, response) => {
    if (request.headers.authorization === 'Bearer new') answer(response, aPod('a'))
    else refuse(response, 401, 'Unauthorized', 'Unauthorized')
  })
  const get = () => kube.get(POD, { namespace: 'ns', name: 'a' }, signal)
  await expect(get()).rejects.toMatchObject({ kind: 'forbidden' })
  const { server } = await chooseAccess(kubeconfig)()
  writeFileSync(kubeconfig, kubeconfigFor(server, { token: 'new' }))
  expect(await get()).toMatchObject({ metadata: { name: 'a' } })
})

test('connections are made anew only when CA or certificates have changed', async () => {
  let access = { server: 'https://server', tls: { ca: 'one' }, headers: { authorization: 'a' } }
  const lines = openLines(async () => access)
  const { agents } = await lines.current()
  access = { ...access, headers: { authorization: 'b' } }
  lines.distrust()
  const second = await lines.current()
  expect(second.agents).toBe(agents)
  expect(second.access.headers.authorization).toBe('b')
  access = { ...access, tls: { ca: 'two' } }
  expect((await lines.current()).agents).toBe(agents)
  lines.distrust()
  expect((await lines.current()).agents).not.toBe(agents)
  await lines.close()
})

test('credentials that can not be read for a moment stay in use', async () => {
  let broken = false
  const lines = openLines(async () => {
    if (broken) throw new Error('ENOENT')
    return { server: 'https://server', tls: {}, headers: {} }
  })
  const first = await lines.current()
  broken = true
  lines.distrust()
  expect((await lines.current()).agents).toBe(first.agents)
  await lines.close()
})

test('trusts only the CA that it was given', async () => {
  const dir = aDirectory()
  for (const name of ['right', 'wrong']) makeCertificate(dir, name)
  const server = createServer({ key: readFileSync(join(dir, 'right.key')), cert: readFileSync(join(dir, 'right.crt')) }, (_, response) =>
    answer(response, aPod('a')),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const get = async (ca: string) => {
    const cluster = { server: `https://127.0.0.1:${address.port}`, 'certificate-authority': `${ca}.crt` }
    const config = { ...JSON.parse(kubeconfigFor('')), clusters: [{ name: 'c', cluster }] }
    writeFileSync(join(dir, ca), JSON.stringify(config))
    const kube = connectKube({ kubeconfig: join(dir, ca), userAgent: 'test' })
    onTestFinished(() => kube.close())
    return kube.get(POD, { namespace: 'ns', name: 'a' }, new AbortController().signal)
  }
  expect(await get('right')).toMatchObject({ metadata: { name: 'a' } })
  await expect(get('wrong')).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('certificate') })
})

function makeCertificate(dir: string, name: string): void {
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:TRUE']
  const files = ['-keyout', join(dir, `${name}.key`), '-out', join(dir, `${name}.crt`)]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync('openssl', ['req', '-x509', ...key, '-days', '1', ...subject, ...files], { stdio: 'ignore' })
}
