import type { Option } from './command.ts'

/** What every command takes. */
export const globalOptions = {
  namespace: { short: 'n', value: 'NAMESPACE', help: "namespace; default: the context's", completes: 'namespace' },
  'all-namespaces': { short: 'A', help: 'all namespaces' },
  output: { short: 'o', value: 'FORMAT', help: 'form of the output' },
  context: { value: 'CONTEXT', help: 'context of the kubeconfig; default: the current one', completes: 'context' },
  kubeconfig: { value: 'FILE', help: 'kubeconfig file; default: the files of KUBECONFIG, or ~/.kube/config' },
  'no-color': { help: 'no colours; they are left out as well where NO_COLOR is set or the output is no terminal' },
  help: { short: 'h', help: 'prints the help of the command' },
} as const satisfies Readonly<Record<string, Option>>

export type GlobalOption = keyof typeof globalOptions
