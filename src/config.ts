import { hostname } from 'node:os'
import { type Logger, pino } from 'pino'
import { environmentName, type Flag, flags } from './flags.ts'

/** The settings of the operator, from its command line and its environment; only this file reads them. */
export interface Config {
  /** Empty: all namespaces. */
  readonly watchNamespaces: readonly string[]
  /** Replaces the default image repository, for installations without access to it; undefined: as in the EtcdCluster. */
  readonly etcdImageRepository: string | undefined
  readonly leaderElect: boolean
  readonly leaseName: string
  /** The operator's own namespace: the Lease lives there. */
  readonly namespace: string
  /** Holder of the Lease: a restarted container of the same pod takes it back at once. */
  readonly identity: string
  readonly metricsAddress: string
  readonly healthAddress: string
  readonly logLevel: string
  readonly logFormat: 'json' | 'pretty'
  readonly kubeconfig: string | undefined
}

/**
 * Every flag is also an environment variable: `--lease-name` is ETCD_OPERATOR_LEASE_NAME. The command line wins.
 * @throws Error that names the flag and the values that it takes
 */
export function readConfig(given: ReadonlyMap<Flag, string>, env: Readonly<Record<string, string | undefined>>): Config {
  const value = (flag: Flag): string => given.get(flag) ?? env[environmentName(flag)] ?? flags[flag].default
  return Object.freeze({
    watchNamespaces: value('watch-namespaces')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
    etcdImageRepository: value('etcd-image-repository') || undefined,
    leaderElect: oneOf('leader-elect', value('leader-elect'), flags['leader-elect'].values) === 'true',
    leaseName: value('lease-name'),
    namespace: env.POD_NAMESPACE ?? value('namespace'),
    identity: value('identity') || env.POD_NAME || hostname(),
    metricsAddress: value('metrics-address'),
    healthAddress: value('health-address'),
    logLevel: oneOf('log-level', value('log-level'), flags['log-level'].values),
    logFormat: oneOf('log-format', value('log-format'), flags['log-format'].values),
    kubeconfig: value('kubeconfig') || undefined,
  })
}

function oneOf<T extends string>(flag: Flag, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value)
  if (found === undefined) throw new Error(`--${flag} (${environmentName(flag)}) is "${value}"; it takes ${allowed.join(', ')}`)
  return found
}

/** The root logger. Fields that could hold a secret are never written, at any depth of an object. */
export function createLogger(config: Config): Logger {
  const redact = {
    paths: ['*.token', '*.password', '*.authorization', '*.data', '*.stringData', 'headers.authorization'],
    censor: '[redacted]',
  }
  const options = {
    level: config.logLevel,
    redact,
    timestamp: pino.stdTimeFunctions.isoTime,
    base: null,
    formatters: { level: (name: string) => ({ level: name }) },
  }
  return config.logFormat === 'pretty' ? pino(options, prettyStream()) : pino(options)
}

/** One readable line per entry: `12:30:05 info  step done action=AddLearner member=demo-3`. */
function prettyStream() {
  return {
    write(line: string): void {
      const { time, level, msg, ...rest }: Record<string, unknown> = JSON.parse(line)
      const fields = Object.entries(rest).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
      process.stdout.write(
        `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${String(msg)}${fields.length > 0 ? `  ${fields.join(' ')}` : ''}\n`,
      )
    },
  }
}
