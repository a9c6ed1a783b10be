import { type Known, known, unknown } from '../../model/known.ts'
import type { MinorKey } from '../../model/versions.ts'

/**
 * The flags that `extraArgs` may set, per minor version of etcd, with the type that the config FILE wants.
 *
 * etcd reads the file loosely: it ignores an unknown key silently, a duration is an integer of nanoseconds, and text for a
 * bool stops the process. So only the keys of this table are written into it (etcd's server/embed/config.go, `json:` tags).
 */
export type Flag = {
  readonly name: string
  /** What the file calls it. */
  readonly key: string
  /** The first release that knows it, where that isn't the first supported one. */
  readonly since?: string | undefined
} & FlagType

type FlagType =
  | { readonly type: 'bool' }
  | { readonly type: 'integer'; readonly min: number; readonly max: number }
  /** In nanoseconds. */
  | { readonly type: 'duration'; readonly min: number }
  | { readonly type: 'text'; readonly pattern: RegExp; readonly hint: string }

export function findFlag(minor: MinorKey, name: string): Flag | undefined {
  const type = flagsByMinor.get(minor)?.get(name)
  return type && { name, key: fileKeys.get(name) ?? name, since: firstReleases.get(name), ...type }
}

/** The value as the file needs it, or what is wrong with it. */
export function readFlag(flag: Flag, text: string): Known<boolean | number | string> {
  switch (flag.type) {
    case 'bool':
      return text === 'true' || text === 'false' ? known(text === 'true') : unknown('must be true or false')
    case 'integer': {
      const isBetween = /^-?\d{1,16}$/.test(text) && Number(text) >= flag.min && Number(text) <= flag.max
      return isBetween ? known(Number(text)) : unknown(`must be an integer from ${flag.min} to ${flag.max}`)
    }
    case 'duration': {
      const nanoseconds = readDuration(text)
      if (nanoseconds === undefined) return unknown('must be a duration such as 500ms, 30s or 1h30m')
      return nanoseconds >= flag.min ? known(nanoseconds) : unknown('must be longer than 0')
    }
    case 'text':
      return flag.pattern.test(text) ? known(text) : unknown(`must be ${flag.hint}`)
  }
}

/** What a flag is called in this minor version, when it has another name in a neighbour; a gate is written `feature-gates: Name`. */
export function nameInMinor(minor: MinorKey, name: string): string | undefined {
  const isOld = minor === '3.5'
  const plain = name.replace(/^experimental-/, '')
  const gate = gateOfFlag.get(`experimental-${plain}`)
  if (gate !== undefined) return isOld ? `experimental-${plain}` : `feature-gates: ${gate}`
  if (!Object.hasOwn(renamedIn36, plain)) return undefined
  return isOld ? `experimental-${plain}` : plain
}

/** The feature gate that this minor version has in the place of a flag of 3.5. */
export function gateInMinor(minor: MinorKey, flag: string): string | undefined {
  return minor === '3.5' ? undefined : gateOfFlag.get(flag)
}

/** The flag of 3.5 that a feature gate has replaced. */
export function flagOfGate(gate: string): string | undefined {
  return [...gateOfFlag].find(([, name]) => name === gate)?.[0]
}

export function hasGate(minor: MinorKey, gate: string): boolean {
  return minor !== '3.5' && (gates36.includes(gate) || (minor !== '3.6' && gates37.includes(gate)))
}

/** Go's duration text in whole nanoseconds; undefined when it isn't one, is negative, or is beyond 104 days. */
function readDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g))
    total += Number(amount) * (nanosecondsPer[unit ?? ''] ?? Number.NaN)
  const rounded = Math.round(total)
  return Number.isSafeInteger(rounded) ? rounded : undefined
}

const nanosecondsPer: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 }

const bool: FlagType = { type: 'bool' }
const count: FlagType = { type: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER }
const uint32: FlagType = { type: 'integer', min: 1, max: 2 ** 32 - 1 }
const perMillion: FlagType = { type: 'integer', min: 0, max: 1_000_000 }
const duration: FlagType = { type: 'duration', min: 0 }
const positiveDuration: FlagType = { type: 'duration', min: 1 }
const text: FlagType = { type: 'text', pattern: /^[\x21-\x7e]+$/, hint: 'text without spaces' }
const oneOf = (...values: readonly string[]): FlagType => ({
  type: 'text',
  pattern: new RegExp(`^(${values.join('|')})$`),
  hint: `one of ${values.join(', ')}`,
})

const always: Readonly<Record<string, FlagType>> = {
  'auth-token-ttl': count,
  'backend-batch-interval': duration,
  'backend-batch-limit': count,
  'backend-bbolt-freelist-type': oneOf('array', 'map'),
  'bcrypt-cost': { type: 'integer', min: 4, max: 31 },
  // A value that isn't a URL makes etcd panic.
  cors: {
    type: 'text',
    pattern: /^(\*|https?:\/\/[\w.-]+:\d+(,https?:\/\/[\w.-]+:\d+)*)$/,
    hint: '* or URLs with ports, separated by commas',
  },
  'enable-grpc-gateway': bool,
  'enable-pprof': bool,
  'grpc-keepalive-interval': duration,
  'grpc-keepalive-min-time': duration,
  'grpc-keepalive-timeout': duration,
  'host-whitelist': text,
  'initial-election-tick-advance': bool,
  'log-level': oneOf('debug', 'info', 'warn', 'error', 'panic', 'fatal'),
  'max-concurrent-streams': uint32,
  'max-request-bytes': count,
  'max-snapshots': count,
  'max-txn-ops': count,
  'max-wals': count,
  metrics: oneOf('basic', 'extensive'),
  'pre-vote': bool,
}

/** Without their prefix since 3.6; 3.7 has dropped the old names, so 3.6 isn't offered them either. */
const renamedIn36: Readonly<Record<string, FlagType>> = {
  'bootstrap-defrag-threshold-megabytes': count,
  'compact-hash-check-time': positiveDuration,
  'compaction-batch-limit': count,
  'compaction-sleep-interval': duration,
  'corrupt-check-time': duration,
  'distributed-tracing-address': text,
  'distributed-tracing-instance-id': text,
  'distributed-tracing-sampling-rate': perMillion,
  'distributed-tracing-service-name': text,
  'downgrade-check-time': positiveDuration,
  'enable-distributed-tracing': bool,
  'memory-mlock': bool,
  'snapshot-catchup-entries': count,
  'warning-apply-duration': duration,
  'watch-progress-notify-interval': duration,
}

/** Feature gates since 3.6. */
const gateOfFlag: ReadonlyMap<string, string> = new Map([
  ['experimental-enable-lease-checkpoint', 'LeaseCheckpoint'],
  ['experimental-enable-lease-checkpoint-persist', 'LeaseCheckpointPersist'],
  ['experimental-stop-grpc-service-on-defrag', 'StopGRPCServiceOnDefrag'],
  ['experimental-txn-mode-write-with-shared-buffer', 'TxnModeWriteWithSharedBuffer'],
])
const gates36: readonly string[] = [...gateOfFlag.values(), 'SetMemberLocalAddr']
const gates37: readonly string[] = ['FastLeaseKeepAlive', 'PriorityRequest']

const only35: Readonly<Record<string, FlagType>> = {
  ...Object.fromEntries(Object.entries(renamedIn36).map(([name, type]) => [`experimental-${name}`, type])),
  ...Object.fromEntries([...gateOfFlag.keys()].map((name) => [name, bool])),
}

const since36: Readonly<Record<string, FlagType>> = {
  ...renamedIn36,
  'feature-gates': {
    type: 'text',
    pattern: /^\w+=(true|false)(,\w+=(true|false))*$/,
    hint: 'Name=true or Name=false, separated by commas',
  },
  'log-format': oneOf('json', 'console'),
  'warning-unary-request-duration': duration,
}

const flagsByMinor: ReadonlyMap<MinorKey, ReadonlyMap<string, FlagType>> = new Map([
  ['3.5', new Map(Object.entries({ ...always, ...only35 }))],
  ['3.6', new Map(Object.entries({ ...always, ...since36 }))],
  ['3.7', new Map(Object.entries({ ...always, ...since36 }))],
])

/** Flags that some supported minor version lets `extraArgs` set. The CRD's validation rule has the same names, and the owned ones. */
export const SETTABLE_FLAGS: readonly string[] = [...new Set([...flagsByMinor.values()].flatMap((flags) => [...flags.keys()]))].sort()

/** Where the file's key isn't the flag's name. */
const fileKeys: ReadonlyMap<string, string> = new Map([['experimental-snapshot-catchup-entries', 'experimental-snapshot-catch-up-entries']])

const firstReleases: ReadonlyMap<string, string> = new Map([
  ['experimental-compaction-sleep-interval', '3.5.16'],
  ['experimental-snapshot-catchup-entries', '3.5.14'],
  ['experimental-stop-grpc-service-on-defrag', '3.5.14'],
])
