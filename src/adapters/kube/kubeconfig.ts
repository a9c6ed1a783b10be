import { stat } from 'node:fs/promises'
import type { RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import type { Access, ReadAccess, TlsOptions } from './access.ts'

/**
 * Reads the credentials of a kubeconfig's current context: certificates, tokens, and the plugins that make tokens.
 * The library is loaded only when a kubeconfig is used: it costs 15 MB of memory, and an operator in a pod doesn't need it.
 */
export function kubeconfigAccess(path: string): ReadAccess {
  let loaded: { config: KubeConfig; changedMs: number } | undefined
  return async () => {
    const changedMs = (await stat(path)).mtimeMs
    // Kept while the file is the same, because it holds the tokens that plugins made.
    if (loaded?.changedMs !== changedMs) loaded = { config: await openKubeconfig(path), changedMs }
    return accessOf(loaded.config, path)
  }
}

/** Parses the file. @throws Error where it can't be read */
export async function openKubeconfig(path: string): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js')
  const config = new KubeConfig()
  config.loadFromFile(path)
  return config
}

/** The credentials of the current context; `path` names the kubeconfig in errors. */
export async function accessOf(config: KubeConfig, path: string): Promise<Access> {
  const cluster = config.getCurrentCluster()
  if (!cluster?.server) throw new Error(`${path} has no cluster for its current context`)
  if (cluster.proxyUrl) throw new Error(`${path} asks for a proxy (proxy-url), which is not supported`)
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value)
  if (options.auth) headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`
  return { server: cluster.server, tls: tlsOf(options), headers }
}

function tlsOf(options: RequestOptions): TlsOptions {
  const tls: { -readonly [Key in keyof TlsOptions]: TlsOptions[Key] } = {}
  if (options.ca) tls.ca = String(options.ca)
  if (options.cert) tls.cert = String(options.cert)
  if (options.key) tls.key = String(options.key)
  if (options.passphrase) tls.passphrase = options.passphrase
  if (options.servername) tls.servername = options.servername
  if (options.rejectUnauthorized !== undefined) tls.rejectUnauthorized = options.rejectUnauthorized
  return tls
}
