import type { Etcd } from '../../../src/adapters/etcd/calls.ts'
import { Failure } from '../../../src/adapters/failure.ts'
import type { KeyPair } from '../../../src/adapters/x509/request.ts'
import { issueCa } from '../../../src/adapters/x509.ts'
import type { EtcdCluster } from '../../../src/api/etcd-cluster.ts'
import type { EtcdUser, EtcdUserStatus } from '../../../src/api/etcd-user.ts'
import { label } from '../../../src/api/labels.ts'
import type { Tools } from '../../../src/controllers/tools.ts'
import { userController } from '../../../src/controllers/user.ts'
import { anEtcdCluster, clusterId, type SpecWish, uid } from '../../builders/a-cluster.ts'
import { FakeAuth } from '../../builders/fake-auth.ts'
import type { Stored } from '../act/fake-kube.ts'
import { ObjectWorld } from './object-world.ts'

const owner = { apiVersion: 'etcd-operator.dev/v1alpha1', kind: 'EtcdCluster', name: 'demo', uid }
const day = 24 * 60 * 60_000
const since = Date.UTC(2025, 0, 1)

/** CAs are made once: tests change none. */
const cas: readonly KeyPair[] = await Promise.all(
  ['one', 'two', 'three'].map((name) => issueCa({ commonName: `demo client CA ${name}`, notBefore: since, notAfter: since + 3650 * day })),
)

/** One namespace with cluster demo, whose members speak TLS, and EtcdUsers. */
export class UserWorld extends ObjectWorld {
  readonly auth = new FakeAuth()
  /** Everything that was logged. */
  readonly logged: unknown[] = []
  #etcd: Etcd | undefined
  #controller: ReturnType<typeof userController> | undefined

  constructor(...users: readonly EtcdUser[]) {
    super({ 'etcdclusters/demo': demo(), 'pods/demo-0': pod })
    this.caIs(0)
    for (const user of users) this.put('etcdusers', user)
  }

  /** The n-th CA issues, and its successor is trusted as well. */
  caIs(index: number): void {
    const [current, next] = [cas[index], cas[index + 1]]
    if (current === undefined || next === undefined) throw new Error('no such CA')
    this.#secret('demo-client-ca', { 'current.crt': current.cert, 'current.key': current.key, 'next.crt': next.cert, 'next.key': next.key })
    this.#secret('demo-client', { 'ca.crt': current.cert + next.cert })
    this.clusterSays({ tls: { mode: 'Required', caGeneration: index + 1 } })
  }

  clusterSays(status: NonNullable<EtcdCluster['status']>): void {
    const cluster = this.read<EtcdCluster>('etcdclusters/demo')
    if (cluster !== undefined) this.put('etcdclusters', { ...cluster, status: { ...cluster.status, ...status } })
  }

  cluster(spec: SpecWish): void {
    const cluster = this.read<EtcdCluster>('etcdclusters/demo')
    this.put('etcdclusters', { ...demo(spec), status: cluster?.status })
  }

  /** Real members instead of the model, which trust this CA. */
  of(etcd: Etcd, ips: readonly string[], clusterID: string, ca: KeyPair): this {
    this.#etcd = etcd
    // The clock of this world is behind that of the members: longer than certificates live by default.
    this.cluster({ tls: { duration: { leaf: '35040h' } } })
    this.remove('pods/demo-0')
    for (const [index, ip] of ips.entries()) {
      const name = `demo-${index}`
      this.put('pods', { metadata: { ...pod.metadata, name, uid: `uid-${name}` }, status: { podIP: ip } })
    }
    this.#secret('demo-client-ca', { 'current.crt': ca.cert, 'current.key': ca.key, 'next.crt': ca.cert, 'next.key': ca.key })
    this.#secret('demo-client', { 'ca.crt': ca.cert })
    this.clusterSays({ clusterID })
    return this
  }

  users(): readonly EtcdUser[] {
    return this.names('etcdusers').flatMap((name) => this.user(name) ?? [])
  }

  user(name = 'billing'): EtcdUser | undefined {
    return this.read(`etcdusers/${name}`)
  }

  status(name = 'billing'): EtcdUserStatus | undefined {
    return this.user(name)?.status
  }

  ready(name = 'billing') {
    return this.status(name)?.conditions?.find(({ type }) => type === 'Ready')
  }

  /** The entries of a Secret, in plain text. */
  entries(name = 'billing-etcd'): Readonly<Record<string, string>> {
    const data = this.read<{ data: Readonly<Record<string, string>> }>(`secrets/${name}`)?.data ?? {}
    return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString('utf8')]))
  }

  secret(name: string, entries: Readonly<Record<string, string>>): void {
    const before = this.read<Stored>(`secrets/${name}`)
    const version = Number(before?.metadata.resourceVersion ?? 0) + 1
    this.put('secrets', {
      metadata: { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: `${version}` },
      type: 'Opaque',
      data: encoded(entries),
    })
  }

  /** Somebody edits entries of a Secret that is there. */
  edit(name: string, entries: Readonly<Record<string, string>>): void {
    const before = this.read<Stored & { data?: object }>(`secrets/${name}`)
    if (before === undefined) throw new Error(`no Secret ${name}`)
    const metadata = { ...before.metadata, resourceVersion: `${Number(before.metadata.resourceVersion) + 1000}` }
    this.put('secrets', { ...before, metadata, data: { ...before.data, ...encoded(entries) } })
  }

  change(spec: Partial<EtcdUser['spec']>, name = 'billing'): void {
    this.#edit(name, ({ metadata, ...user }) => ({
      ...user,
      metadata: { ...metadata, generation: metadata.generation + 1, resourceVersion: `${Number(metadata.resourceVersion) + 1000}` },
      spec: { ...user.spec, ...spec },
    }))
  }

  annotate(annotations: Readonly<Record<string, string>>, name = 'billing'): void {
    this.#edit(name, (user) => ({ ...user, metadata: { ...user.metadata, annotations } }))
  }

  /** As the API server does: without a finalizer the object is gone at once, and its Secret with it. */
  deletes(name = 'billing'): void {
    this.#edit(name, (user) => ({ ...user, metadata: { ...user.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }))
    this.collects()
  }

  collects(): void {
    for (const name of this.names('etcdusers')) {
      const { deletionTimestamp, finalizers = [] } = this.user(name)?.metadata ?? {}
      if (deletionTimestamp === undefined || finalizers.length > 0) continue
      this.remove(`etcdusers/${name}`)
      this.remove(`secrets/${name}-etcd`)
    }
  }

  /** One pass of an operator that goes on. */
  async pass(name = 'billing') {
    this.#controller ??= userController(this.tools(this.objects))
    return this.#controller.pass(`ns/${name}`, new AbortController().signal)
  }

  /** Passes until there is nothing to do at once; an operator that crashes is started again. */
  async settle(name = 'billing'): Promise<void> {
    for (let pass = 0; pass < 60; pass++) {
      const result = await this.pass(name).catch(() => {
        this.#controller = undefined
        return { next: 'now' as const }
      })
      this.collects()
      if (result.next !== 'now') return
    }
    throw new Error(`not settled: ${JSON.stringify(this.status(name))}`)
  }

  timePasses(minutes: number): void {
    this.clock.freeze(minutes * 60_000)
  }

  restarts(): void {
    this.#controller = undefined
  }

  protected override tools(cached: ReadonlyMap<string, Stored>): Tools {
    const tools = super.tools(cached)
    const of = <T>(plural: string) => ({
      get: (_: string, name: string) => cached.get(`${plural}/${name}`) as T | undefined,
      list: () => [...cached].filter(([key]) => key.startsWith(`${plural}/`)).map(([, object]) => object as T),
      all: () => [],
      ofCluster: () => [...cached].filter(([key]) => key.startsWith(`${plural}/`)).map(([, object]) => object as T),
    })
    const caches = { clusters: of('etcdclusters'), users: of('etcdusers'), reader: { ofCluster: async () => of('pods').list() } }
    const note = (...words: unknown[]) => void this.logged.push(words)
    const status = async () => {
      const refusal = this.auth.refuses('status')
      if (refusal !== undefined) throw refusal
      return { clusterId, leaderId: '1', isLearner: false }
    }
    const etcd = this.#etcd ?? { ...this.auth, status }
    return { ...tools, caches, etcd, log: { debug: note, info: note, warn: note, error: note } } as unknown as Tools // All that it uses.
  }

  #edit(name: string, change: (user: EtcdUser) => EtcdUser): void {
    const user = this.user(name)
    if (user !== undefined) this.put('etcdusers', change(user))
  }

  #secret(name: string, entries: Readonly<Record<string, string>>): void {
    const metadata = { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: '1', ownerReferences: [owner] }
    this.put('secrets', { metadata, type: 'Opaque', data: encoded(entries) })
  }
}

/** No member answers. */
export function silent(): Failure {
  return new Failure('timeout', 'no reply within 1000 ms')
}

const pod = {
  metadata: {
    name: 'demo-0',
    namespace: 'ns',
    uid: 'uid-demo-0',
    resourceVersion: '1',
    labels: { [label.cluster]: 'demo', [label.serving]: 'true' },
  },
  status: { podIP: '10.0.0.1' },
}

function demo(spec: SpecWish = {}): EtcdCluster {
  return anEtcdCluster(spec, { clusterID: clusterId })
}

function encoded(entries: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(entries).map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')]))
}
