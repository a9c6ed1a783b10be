import type { MinorKey } from '../../model/versions.ts'
import { findFlag, flagOfGate, gateInMinor, nameInMinor } from './flags.ts'

type Args = Readonly<Record<string, string>>

/**
 * Arguments under the names that a minor version of etcd has for them: 3.6 has dropped the prefix of some, and turned others into feature
 * gates. An argument that it has no name for stays as it is, and `checkExtraArgs` refuses it. Where the spec has both names, the present one
 * counts.
 */
export function translated(minor: MinorKey, args: Args): Args {
  const own = Object.entries(args).filter(([name]) => findFlag(minor, name) !== undefined)
  const others = Object.entries(args).filter(([name]) => findFlag(minor, name) === undefined)
  const result: Record<string, string> = {}
  const gates = new Map<string, string>()
  for (const [name, text] of others) {
    for (const [other, value] of counterparts(minor, name, text)) {
      const gate = gateInMinor(minor, other)
      if (gate === undefined) result[other] = value
      else gates.set(gate, value)
    }
  }
  for (const [name, text] of own) {
    if (name === 'feature-gates') for (const [gate, on] of readGates(text)) gates.set(gate, on)
    else result[name] = text
  }
  return gates.size === 0 ? result : { ...result, 'feature-gates': [...gates].map(([gate, on]) => `${gate}=${on}`).join(',') }
}

/** One argument as this minor version has it: none, one or several, because a list of gates becomes as many flags. */
function counterparts(minor: MinorKey, name: string, text: string): readonly (readonly [name: string, text: string])[] {
  if (name !== 'feature-gates') return [[gateInMinor(minor, name) === undefined ? (nameInMinor(minor, name) ?? name) : name, text]]
  return readGates(text).map(([gate, on]) => {
    const flag = flagOfGate(gate)
    return flag === undefined ? ([name, `${gate}=${on}`] as const) : ([flag, on] as const)
  })
}

/** `Name=true,Other=false`; a part that has no such form is left for `checkExtraArgs`. */
function readGates(text: string): readonly (readonly [gate: string, on: string])[] {
  return text.split(',').map((part) => {
    const [gate = '', on = ''] = part.split('=')
    return [gate, on] as const
  })
}
