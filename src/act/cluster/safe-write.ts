import type { KubeObject } from '../../adapters/kube/object.ts'
import type { Kube } from '../../adapters/kube.ts'

/** One write that is always safe, because it restarts nothing and changes no member. */
export interface SafeWrite {
  /** The object that is written, in words: `Service demo`. */
  readonly object: string
  /** The object doesn't exist yet. */
  readonly creates: boolean
  /** How the object differs from the desired one: the same text for the same difference. */
  readonly difference: string
  /** Tells apart two writes whose `difference` reads the same. */
  readonly id?: string
  send(kube: Kube, signal: AbortSignal): Promise<KubeObject>
  /** How the object that the API server returned still differs; undefined: the write took effect. */
  remains(object: KubeObject): string | undefined
}
