import { perform } from '../../../../src/act/cluster/steps.ts'
import { type Credentials, credentialStore } from '../../../../src/adapters/etcd/credentials.ts'
import type { Secret } from '../../../../src/adapters/kube/kinds.ts'
import type { Kube } from '../../../../src/adapters/kube.ts'
import { readCertificate } from '../../../../src/adapters/x509.ts'
import { known } from '../../../../src/model/known.ts'
import type { MemberTls, TlsFacts } from '../../../../src/model/tls/facts.ts'
import { ReadCertificates, readCertificates } from '../../../../src/observe/cluster/certificates.ts'
import { textOf } from '../../../../src/observe/cluster/secret-facts.ts'
import type { Decision } from '../../../../src/plan/cluster/step.ts'
import type { Scene } from '../../../builders/a-cluster.ts'
import { inShort } from '../../../builders/decides.ts'
import { SecretServer } from './secret-server.ts'

/** A cluster beside an API server that knows Secrets alone. */
export class Room {
  readonly server = new SecretServer()
  readonly credentials = new Map<string, Credentials>()
  readonly #memory = new ReadCertificates()
  readonly #store = credentialStore()
  #trusted: ReadonlySet<string> = new Set()
  readonly #kube: Kube
  scene: Scene

  /** `kube`: a real API server in its place. */
  constructor(scene: Scene, kube?: Kube) {
    this.scene = scene
    this.#kube = kube ?? this.server.kube()
  }

  later(ms: number): void {
    this.scene = this.scene.later(ms)
  }

  annotate(annotations: Readonly<Record<string, string>>): void {
    this.scene = this.scene.annotated(annotations)
  }

  text(secret: string, key: string): string {
    return this.server.text(secret, key)
  }

  /** Every process has loaded what stands in the Secrets now. */
  everybodyTrusts(): void {
    this.trust([...this.server.secrets.values()])
  }

  /** Every process has loaded the CAs of these Secrets. */
  trust(secrets: readonly Secret[]): void {
    const texts = secrets.flatMap((secret) => ['current.crt', 'next.crt'].map((key) => textOf(secret, key)))
    this.#trusted = new Set(texts.flatMap((text) => readCertificate(text)?.fingerprint ?? []))
  }

  async view(): Promise<Scene> {
    const { cluster, now, monotonicMs } = this.scene
    const credentials = {
      ...this.#store,
      put: (name: string, texts: Credentials) => {
        this.#store.put(name, texts)
        this.credentials.set(name, texts)
      },
    }
    const sources = { kube: this.#kube, credentials, now: () => now, monotonicMs: () => monotonicMs }
    const facts = await readCertificates(sources, cluster, this.#memory, true, new AbortController().signal)
    return this.scene.with({ tls: { ...facts, members: this.#members(facts) } })
  }

  #members(facts: TlsFacts): TlsFacts['members'] {
    const known_ = [facts.peerCa, facts.clientCa].flatMap((ca) => (ca.known && ca.value.state === 'ours' ? [ca.value.value] : []))
    const prints = known_.flatMap((ca) => (ca.state === 'whole' ? [ca.current.fingerprint, ca.next.fingerprint] : []))
    const accepts = new Map(prints.map((print) => [print, known(this.#trusted.has(print))]))
    const port = { plain: known(false), served: known(undefined), accepts }
    return new Map(this.scene.pods.map(({ name, uid }): [string, MemberTls] => [name, { uid, client: port, peer: port }]))
  }

  async carryOut(view: Scene, decision: Decision | undefined): Promise<void> {
    if (decision?.kind !== 'step') throw new Error('no step')
    const context = { kube: this.#kube, live: this.#kube, view, signal: new AbortController().signal } as unknown as Parameters<
      typeof perform
    >[0]
    await perform(context, decision.step.do, decision.step)
  }

  /** The steps that the rule takes until it has none. */
  async untilQuiet(rule: (view: Scene) => Decision | undefined): Promise<readonly string[]> {
    const taken: string[] = []
    for (let turn = 0; turn < 20; turn++) {
      const view = await this.view()
      const decision = rule(view)
      if (decision?.kind !== 'step') return taken
      taken.push(inShort(decision) ?? '')
      await this.carryOut(view, decision)
    }
    throw new Error(`no end: ${taken.join(', ')}`)
  }
}
