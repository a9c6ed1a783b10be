import type { ClusterView, ConfigFacts } from '../../model/cluster/view.ts'
import { type MinorKey, minorKey } from '../../model/versions.ts'
import { readKeys } from './config-file.ts'
import { checkExtraArgs, problemsByName } from './extra-args.ts'
import { findFlag, readFlag } from './flags.ts'
import { translated } from './translate-args.ts'

type Args = Readonly<Record<string, string>>

/**
 * spec.etcd.extraArgs for a member of this version. An argument that every member runs with goes on when etcd has another name for it, so
 * that a change of the version needs no other edit; and one that only the wanted version knows waits for it.
 */
export function argsFor(view: ClusterView, version: string): Args {
  const { spec } = view.cluster
  const minor = minorKey(version)
  const wanted = wantedArgs(view)
  if (minor === undefined || Object.keys(wanted).length === 0) return wanted
  const refused = problemsByName(spec.version, wanted)
  return translated(minor, Object.fromEntries(Object.entries(wanted).filter(([name]) => !refused.has(name))))
}

/** Why arguments can't be set on the wanted version; each with the way out. */
export function problemsOfArgs(view: ClusterView): readonly string[] {
  return checkExtraArgs(view.cluster.spec.version, wantedArgs(view))
}

/** The arguments of the spec, with those that the members run with under the names of the wanted version. */
function wantedArgs(view: ClusterView): Args {
  const { version, etcd } = view.cluster.spec
  const minor = minorKey(version)
  if (minor === undefined) return etcd.extraArgs
  const isOld = ([name, text]: readonly [string, string]) => findFlag(minor, name) === undefined && isRunByAll(view, name, text)
  const all = Object.entries(etcd.extraArgs)
  if (all.every(([name]) => findFlag(minor, name) !== undefined)) return etcd.extraArgs
  const old = Object.fromEntries(all.filter(isOld))
  const rest = Object.fromEntries(all.filter((entry) => !isOld(entry)))
  // Gates of the spec beside gates that were flags: both go into one argument.
  return { ...rest, ...translated(minor, { ...old, ...('feature-gates' in rest ? { 'feature-gates': rest['feature-gates'] } : {}) }) }
}

/** Whether the file of every member has this argument, under whatever name. */
function isRunByAll({ config }: ClusterView, name: string, text: string): boolean {
  if (config.state !== 'ours' || config.value.members.size === 0) return false
  const known = found.get(config.value) ?? new Map<string, boolean>()
  found.set(config.value, known)
  const key = `${name}=${text}`
  const isRun = known.get(key) ?? [...config.value.members.values()].every((entry) => has(readKeys(entry.text), name, text))
  known.set(key, isRun)
  return isRun
}

/** Cached by the facts, which never change once they were read: files are parsed for it. */
const found = new WeakMap<ConfigFacts, Map<string, boolean>>()

function has(keys: Readonly<Record<string, unknown>>, name: string, text: string): boolean {
  return minors.some((minor) => {
    const entries = Object.entries(translated(minor, { [name]: text }))
    return entries.length > 0 && entries.every(([other, value]) => isIn(keys, minor, other, value))
  })
}

const minors: readonly MinorKey[] = ['3.5', '3.6', '3.7']

function isIn(keys: Readonly<Record<string, unknown>>, minor: MinorKey, name: string, text: string): boolean {
  if (name === 'feature-gates') {
    const gates = String(keys['feature-gates'] ?? '').split(',')
    return text.split(',').every((gate) => gates.includes(gate))
  }
  const flag = findFlag(minor, name)
  const value = flag && readFlag(flag, text)
  return value?.known === true && keys[flag?.key ?? ''] === value.value
}
