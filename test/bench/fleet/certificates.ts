import { createSecureContext, type SecureContext } from 'node:tls'
import { SECRET } from '../../../src/adapters/kube/kinds.ts'
import type { Kube } from '../../../src/adapters/kube.ts'

/** What the members of each cluster show and trust, from the Secrets that a kubelet mounts; by the names that clients ask for. */
export class Certificates {
  readonly #contexts = new Map<string, SecureContext>()

  readonly of = (serverName: string): SecureContext | undefined => this.#contexts.get(serverName)

  /** As the process of a member reads them when it starts. */
  async read(kube: Kube, namespace: string, cluster: string, signal: AbortSignal): Promise<void> {
    const names = {
      [`${cluster}-server-tls`]: `${cluster}.${namespace}.svc`,
      [`${cluster}-peer-tls`]: `probe.${cluster}-peers.${namespace}.svc`,
    }
    for (const [secret, serverName] of Object.entries(names)) {
      if (this.#contexts.has(serverName)) continue
      const { data = {} } = (await kube.get(SECRET, { namespace, name: secret }, signal)) ?? {}
      const text = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString()
      this.#contexts.set(
        serverName,
        createSecureContext({ cert: text('tls.crt'), key: text('tls.key'), ca: text('ca.crt'), allowPartialTrustChain: true }),
      )
    }
  }
}
