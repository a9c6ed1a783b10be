import type { Context, Target } from './command.ts'
import type { Terminal } from './terminal.ts'

/** What the program has of the world. */
export interface World extends Pick<Context, 'signal' | 'now' | 'env' | 'question' | 'kubectl'> {
  terminal(isPlain: boolean): Terminal
  connect(wish: { kubeconfig: string | undefined; context: string | undefined }): Promise<Connection>
}

export interface Connection extends Pick<Target, 'kube' | 'raw' | 'title'> {
  /** The namespace of the context. */
  readonly namespace: string
  /** Names of all contexts of the kubeconfig. */
  readonly contexts: readonly string[]
}
