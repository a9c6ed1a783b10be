import { parseArgs } from 'node:util'

interface FlagInfo {
  readonly default: string
  /** What the flag does, in the words of `--help`. */
  readonly help: string
  /** The only values that the flag takes; absent: any. */
  readonly values?: readonly string[]
}

/** The flags of the operator, in the order of `--help` and of the table in docs/operations/install.md. */
export const flags = {
  'watch-namespaces': { default: '', help: 'namespaces that the operator looks after, separated by commas; empty: all namespaces' },
  'etcd-image-repository': { default: '', help: 'replaces the default image repository of EtcdClusters' },
  'leader-elect': {
    default: 'true',
    help: 'take part in leader election; false only where a single operator runs',
    values: ['true', 'false'],
  },
  'lease-name': { default: 'etcd-operator.dev', help: 'name of the Lease' },
  namespace: { default: 'etcd-operator-system', help: 'namespace of the Lease; the environment variable POD_NAMESPACE comes first' },
  identity: { default: '', help: "holder of the Lease; empty: the pod's name, outside of a pod the host's" },
  'metrics-address': { default: ':8080', help: 'address of /metrics' },
  'health-address': { default: ':8081', help: 'address of /healthz and /readyz' },
  'log-level': {
    default: 'info',
    help: 'how much is logged',
    values: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
  },
  'log-format': { default: 'json', help: 'form of the log; pretty is for a terminal', values: ['json', 'pretty'] },
  kubeconfig: { default: '', help: "kubeconfig file; empty: KUBECONFIG, the pod's service account, ~/.kube/config" },
} as const satisfies Readonly<Record<string, FlagInfo>>

export type Flag = keyof typeof flags

/** The parsed command line: print a text, or run with the given flags. */
export type CommandLine = Readonly<{ print: 'help' | 'version' } | { given: ReadonlyMap<Flag, string> }>

/** @throws Error that names the argument and says where the right ones are listed */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { tokens } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(Object.keys(flags).map((name) => [name, { type: 'string' as const }])),
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
    },
    strict: false,
    tokens: true,
  })
  const given = new Map<Flag, string>()
  for (const token of tokens) {
    if (token.kind !== 'option') throw new Error(`unexpected argument ${args[token.index]}: the operator takes flags only; ${listed}`)
    const { name, rawName, value } = token
    if (name === 'help' || name === 'version') return { print: name }
    if (!isFlag(name)) throw new Error(`unknown option ${rawName}; ${listed}`)
    if (value === undefined || (!token.inlineValue && value.startsWith('-')))
      throw new Error(`option ${rawName} has no value: write ${rawName}=VALUE; ${listed}`)
    given.set(name, value)
  }
  return { given }
}

const listed = '"operator --help" lists all options'

/** The text of `--help`. */
export function helpText(): string {
  return [
    'Usage: operator [--FLAG=VALUE ...]',
    '',
    'Runs etcd clusters on Kubernetes: looks after EtcdClusters, EtcdBackups, EtcdBackupSchedules, EtcdRestores and EtcdUsers.',
    '',
    'Each flag is an environment variable as well, whose name stands behind it. The command line wins.',
    '',
    ...Object.entries<FlagInfo>(flags).flatMap(([name, { default: value, help, values }]) => [
      `  --${name}, ${environmentName(name)}${value === '' ? '' : ` (default ${value})`}`,
      `        ${help}${values === undefined ? '' : `: ${values.join(', ')}`}`,
    ]),
    '  --help, -h',
    '        prints this text',
    '  --version',
    "        prints the operator's version",
  ].join('\n')
}

export function environmentName(flag: string): string {
  return `ETCD_OPERATOR_${flag.replaceAll('-', '_').toUpperCase()}`
}

function isFlag(name: string): name is Flag {
  return Object.hasOwn(flags, name)
}
