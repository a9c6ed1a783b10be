import { compareVersions, minorKey } from '../../model/versions.ts'
import { findFlag, hasGate, nameInMinor, readFlag } from './flags.ts'
import { ownedFlag } from './owned-flags.ts'

type Args = Readonly<Record<string, string>>

/** Why each of these args can't be set on this version, with the way out; empty when all can. */
export function checkExtraArgs(version: string, extraArgs: Args): readonly string[] {
  return [...problemsByName(version, extraArgs)].map(([name, problem]) => `spec.etcd.extraArgs.${name}: ${problem}`)
}

/** The args that have no problem: keys of the config file, and the feature gates apart. */
export function acceptedArgs(version: string, extraArgs: Args) {
  const minor = minorKey(version)
  const problems = problemsByName(version, extraArgs)
  const keys: Record<string, boolean | number | string> = {}
  let gates: Record<string, boolean> = {}
  for (const [name, text] of Object.entries(extraArgs)) {
    const flag = minor && findFlag(minor, name)
    if (flag === undefined || problems.has(name)) continue
    const value = readFlag(flag, text)
    if (name === 'feature-gates') gates = Object.fromEntries(readGates(text))
    else if (value.known) keys[flag.key] = value.value
  }
  return { keys, gates }
}

/** What is wrong with each arg that can't be set on this version. */
export function problemsByName(version: string, extraArgs: Args): ReadonlyMap<string, string> {
  const problems = new Map<string, string>()
  for (const [name, text] of Object.entries(extraArgs)) {
    const problem = problemOf(version, name, text) ?? problemBeside(extraArgs, name, text)
    if (problem !== undefined) problems.set(name, problem)
  }
  return problems
}

function problemOf(version: string, name: string, text: string): string | undefined {
  const minor = minorKey(version)
  if (minor === undefined) return `version ${version} can't be read`
  if (name.startsWith('-')) return 'write the name without dashes'
  const owned = ownedFlag(name)
  if (owned !== undefined) return owned

  const flag = findFlag(minor, name)
  if (flag === undefined) {
    const rightName = nameInMinor(minor, name)
    return rightName === undefined ? `etcd ${minor} has no such flag; remove it` : `in etcd ${minor} it is ${rightName}`
  }
  if (flag.since !== undefined && (compareVersions(version, flag.since) ?? -1) < 0) return `only etcd ${flag.since} and later has it`
  const value = readFlag(flag, text)
  if (!value.known) return `${value.why}, not "${text}"`
  if (name !== 'feature-gates') return undefined

  for (const [gate] of readGates(text)) {
    if (alwaysOn.includes(gate)) return `${gate} is always on; remove it`
    if (!hasGate(minor, gate)) return `etcd ${minor} has no feature gate ${gate}; remove it`
  }
  return undefined
}

const alwaysOn = ['InitialCorruptCheck', 'CompactHashCheck']

/** etcd exits at once when one of these two flags is on without the other. */
function problemBeside(extraArgs: Args, name: string, text: string): string | undefined {
  const needsCheckpoint = name === 'experimental-enable-lease-checkpoint-persist' && text === 'true'
  if (needsCheckpoint && extraArgs['experimental-enable-lease-checkpoint'] !== 'true')
    return 'experimental-enable-lease-checkpoint must be true as well'

  const gates = new Map(name === 'feature-gates' ? readGates(text) : [])
  return gates.get('LeaseCheckpointPersist') && !gates.get('LeaseCheckpoint')
    ? 'LeaseCheckpointPersist needs LeaseCheckpoint=true as well'
    : undefined
}

function readGates(text: string): [name: string, on: boolean][] {
  return text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => [part.split('=')[0] ?? '', part.endsWith('=true')])
}
