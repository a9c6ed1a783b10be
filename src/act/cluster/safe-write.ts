import type { KubeObject } from '../../adapters/kube/object.ts'
import type { Kube } from '../../adapters/kube.ts'

/** One write that is always safe, because it restarts nothing and changes no member. */
export interface SafeWrite {
  /** What it writes to, in words: `Service demo`. */
  readonly object: string
  /** The object isn't there yet. */
  readonly creates: boolean
  /** What of the object isn't as wished: the same text for the same difference. */
  readonly difference: string
  send(kube: Kube, signal: AbortSignal): Promise<KubeObject>
  /** What still isn't as wished in the object that the API server returned; undefined: the write took effect. */
  remains(object: KubeObject): string | undefined
}
