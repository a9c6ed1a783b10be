import { Failure } from '../../../../src/adapters/failure.ts'
import type { Secret } from '../../../../src/adapters/kube/kinds.ts'
import type { KubeObject } from '../../../../src/adapters/kube/object.ts'
import type { Kube } from '../../../../src/adapters/kube.ts'

interface Kind {
  readonly plural: string
}

type Request = KubeObject & { readonly spec: Readonly<Record<string, unknown>> }

interface Written {
  readonly type?: string
  readonly metadata: {
    readonly name?: string
    readonly uid?: string
    readonly resourceVersion?: string
    readonly annotations?: Readonly<Record<string, string>>
    readonly ownerReferences?: NonNullable<Secret['metadata']['ownerReferences']>
  }
  readonly data?: Readonly<Record<string, string | null>>
  readonly stringData?: Readonly<Record<string, string>>
}

/** An API server that knows Secrets alone: create, get, and merge patches with preconditions, as Kubernetes answers them. */
export class SecretServer {
  readonly secrets = new Map<string, Secret>()
  /** cert-manager's Certificates; undefined: it is not installed. */
  requests: Map<string, Request> | undefined
  #version = 0

  text(name: string, key: string): string {
    return Buffer.from(this.secrets.get(name)?.data?.[key] ?? '', 'base64').toString()
  }

  /** A person changes a Secret. */
  edit(name: string, texts: Readonly<Record<string, string>>): void {
    const secret = this.secrets.get(name)
    if (secret !== undefined) this.#store(name, { ...secret, data: { ...secret.data, ...encoded(texts) } })
  }

  /** A person removes all annotations. */
  unmark(name: string): void {
    const secret = this.secrets.get(name)
    if (secret !== undefined) this.#store(name, { ...secret, metadata: { ...secret.metadata, annotations: {} } })
  }

  /** A person restores a Secret with other owners, or without any. */
  own(name: string, ownerReferences: Secret['metadata']['ownerReferences']): void {
    const secret = this.secrets.get(name)
    const { ownerReferences: _, ...metadata } = secret?.metadata ?? {}
    const owned = ownerReferences === undefined ? metadata : { ...metadata, ownerReferences }
    if (secret !== undefined) this.#store(name, { ...secret, metadata: owned } as unknown as Secret)
  }

  kube(): Kube {
    const calls = {
      get: async ({ plural }: Kind, { name }: { name: string }) => (plural === 'secrets' ? this.secrets.get(name) : this.#request(name)),
      create: async ({ plural }: Kind, object: Written) => (plural === 'secrets' ? this.#create(object) : this.#ask(object)),
      apply: async (_kind: Kind, object: Written) => this.#ask(object),
      patch: async (_kind: unknown, { name }: { name: string }, patch: Written) => this.#patch(name, patch),
    }
    return calls as unknown as Kube
  }

  #request(name: string): Request | undefined {
    if (this.requests === undefined) throw new Failure('not-found', 'the server could not find the requested resource')
    return this.requests.get(name)
  }

  #ask(object: Written): Request {
    const name = object.metadata.name ?? ''
    const before = this.#request(name)?.metadata ?? { uid: `uid-${name}` }
    const asked = {
      ...object,
      metadata: { ...object.metadata, uid: before.uid, resourceVersion: String(++this.#version) },
    } as unknown as Request
    this.requests?.set(name, asked)
    return asked
  }

  /** A person, or cert-manager, makes or replaces a Secret. */
  put(name: string, texts: Readonly<Record<string, string>>): void {
    const before = this.secrets.get(name)?.metadata.uid
    const metadata = { name, namespace: 'ns', uid: before ?? `uid-${name}-theirs`, creationTimestamp: '2026-11-21T10:00:00Z' }
    this.#store(name, { type: 'kubernetes.io/tls', metadata, data: encoded(texts) } as unknown as Secret)
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
    const { uid, resourceVersion, annotations, ownerReferences } = metadata
    if (uid !== secret.metadata.uid || resourceVersion !== secret.metadata.resourceVersion)
      throw new Failure('conflict', 'the object has been modified')
    const merged = Object.entries({ ...secret.data, ...data, ...encoded(stringData) })
    const kept = Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null))
    const noted = {
      ...secret.metadata,
      annotations: { ...secret.metadata.annotations, ...annotations },
      ...(ownerReferences && { ownerReferences }),
    }
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
