import { Failure } from '../../../../src/adapters/failure.ts'
import type { Secret } from '../../../../src/adapters/kube/kinds.ts'
import type { Kube } from '../../../../src/adapters/kube.ts'

interface Written {
  readonly type?: string
  readonly metadata: {
    readonly name?: string
    readonly uid?: string
    readonly resourceVersion?: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly data?: Readonly<Record<string, string | null>>
  readonly stringData?: Readonly<Record<string, string>>
}

/** An API server that knows Secrets alone: create, get, and merge patches with preconditions, as Kubernetes answers them. */
export class SecretServer {
  readonly secrets = new Map<string, Secret>()
  #version = 0

  text(name: string, key: string): string {
    return Buffer.from(this.secrets.get(name)?.data?.[key] ?? '', 'base64').toString()
  }

  /** A person changes a Secret. */
  edit(name: string, texts: Readonly<Record<string, string>>): void {
    const secret = this.secrets.get(name)
    if (secret !== undefined) this.#store(name, { ...secret, data: { ...secret.data, ...encoded(texts) } })
  }

  kube(): Kube {
    const calls = {
      get: async (_kind: unknown, { name }: { name: string }) => this.secrets.get(name),
      create: async (_kind: unknown, object: Written) => this.#create(object),
      patch: async (_kind: unknown, { name }: { name: string }, patch: Written) => this.#patch(name, patch),
    }
    return calls as unknown as Kube
  }

  #create({ metadata, stringData = {}, ...rest }: Written): Secret {
    const name = metadata.name ?? ''
    if (this.secrets.has(name)) throw new Failure('conflict', `secrets "${name}" already exists`)
    const created = { ...metadata, uid: `uid-${name}-${++this.#version}`, creationTimestamp: '2026-11-21T10:00:00Z' }
    return this.#store(name, { ...rest, metadata: created, data: encoded(stringData) } as unknown as Secret)
  }

  #patch(name: string, { metadata, data = {}, stringData = {} }: Written): Secret {
    const secret = this.secrets.get(name)
    if (secret === undefined) throw new Failure('not-found', `secrets "${name}" not found`)
    const { uid, resourceVersion, annotations } = metadata
    if (uid !== secret.metadata.uid || resourceVersion !== secret.metadata.resourceVersion)
      throw new Failure('conflict', 'the object has been modified')
    const merged = Object.entries({ ...secret.data, ...data, ...encoded(stringData) })
    const kept = Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null))
    const noted = { ...secret.metadata, annotations: { ...secret.metadata.annotations, ...annotations } }
    return this.#store(name, { ...secret, metadata: noted, data: kept })
  }

  #store(name: string, secret: Secret): Secret {
    const stored = { ...secret, metadata: { ...secret.metadata, resourceVersion: String(++this.#version) } }
    this.secrets.set(name, stored)
    return stored
  }
}

function encoded(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]))
}
