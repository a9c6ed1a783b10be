import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { apiServerUrl, pkiDir } from './layout.ts'
import { tokenOf } from './pki.ts'

export type KubernetesObject = Readonly<{
  apiVersion: string
  kind: string
  metadata: Readonly<{ name: string; namespace?: string; [field: string]: unknown }>
  [field: string]: unknown
}>

/** As much of an API client as starting a cluster needs, before any package is installed. */
export type Api = Readonly<{
  get: (path: string) => Promise<unknown>
  /** Server-side apply. */
  apply: (object: KubernetesObject) => Promise<void>
}>

export function adminApi(): Api {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(join(pkiDir, 'ca.crt')) })
  const headers = { authorization: `Bearer ${tokenOf('admin')}` }
  return {
    get: async (path) => parse(await call(agent, 'GET', path, headers)),
    apply: async (object) => {
      const path = `${pathOf(object)}?fieldManager=test-cluster&force=true`
      await call(agent, 'PATCH', path, { ...headers, 'content-type': 'application/apply-patch+yaml' }, JSON.stringify(object))
    },
  }
}

function call(agent: Agent, method: string, path: string, headers: Record<string, string>, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, apiServerUrl), { agent, method, headers, timeout: 10_000 }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        text += part
      })
      response.on('error', reject)
      response.on('end', () => {
        const status = response.statusCode ?? 0
        if (status < 300) resolve(text)
        else reject(new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`))
      })
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer within 10 s`)))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function parse(text: string): unknown {
  return text.startsWith('{') ? JSON.parse(text) : text
}

function pathOf({ apiVersion, kind, metadata }: KubernetesObject): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const plural = kind === 'StorageClass' ? 'storageclasses' : `${kind.toLowerCase()}s`
  const namespace = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`
  return `${group}${namespace}/${plural}/${metadata.name}`
}
