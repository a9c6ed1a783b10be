import type { Command, Completed, Option } from './command.ts'
import { globalOptions } from './global-options.ts'

/** What may stand in the place of the last word. */
export interface Completion {
  readonly words: readonly (readonly [word: string, does: string])[]
  /** What has to be looked up in the cluster. */
  readonly lookUp?: Completed | undefined
  /** Stands before each candidate: `--namespace=`. */
  readonly prefix: string
  /** Options and arguments before it, for the look-up. */
  readonly given: ReadonlyMap<string, string>
  readonly positionals: readonly string[]
}

type Options = Readonly<Record<string, Option>>

/** @param words those of the command line after `kubectl etcd`; the last one is being typed */
export function complete(words: readonly string[], commands: readonly Command[]): Completion {
  const [before, current] = [withoutSplits(words.slice(0, -1)), words.at(-1) ?? '']
  const listed = commands.filter(({ isHidden }) => !isHidden)
  const given = new Map<string, string>()
  const positionals: string[] = []
  let command: Command | undefined
  let pending: readonly [string, Option] | undefined
  for (const word of before) {
    const options = optionsOf(command)
    if (pending !== undefined) {
      given.set(pending[0], word)
      pending = undefined
    } else if (word === '--') return { words: [], prefix: '', given, positionals }
    else if (word.startsWith('-')) {
      const [name = '', value] = word.split(/=(.*)/s)
      const found = optionNamed(name, options)
      if (found?.[1].value === undefined) continue
      if (value === undefined) pending = found
      else given.set(found[0], value)
    } else if (command === undefined) command = listed.find(({ name }) => name === word) ?? unknownCommand
    else positionals.push(word)
  }
  const rest = { given, positionals }
  const options = optionsOf(command)
  if (pending !== undefined) return { ...valuesOf(pending[1]), prefix: '', ...rest }
  const [name = '', value] = current.split(/=(.*)/s)
  const inline = value === undefined ? undefined : optionNamed(name, options)
  if (inline !== undefined) return { ...valuesOf(inline[1]), prefix: `${name}=`, ...rest }
  if (current.startsWith('-')) return { words: Object.entries(options).map(([one, { help }]) => [`--${one}`, help]), prefix: '', ...rest }
  if (command === undefined) return { words: listed.map((one) => [one.name, one.summary]), prefix: '', ...rest }
  const all = command.positionals ?? []
  const positional = all[positionals.length] ?? (all.at(-1)?.isMany ? all.at(-1) : undefined)
  return { ...valuesOf(positional ?? {}), prefix: '', ...rest }
}

const unknownCommand: Command = { name: '', summary: '', examples: [], run: async () => 1 }

function optionsOf(command: Command | undefined): Options {
  const { output, 'all-namespaces': everywhere, ...others } = globalOptions
  if (command === undefined) return others
  return {
    ...command.options,
    ...(command.outputs === undefined ? {} : { output: { ...output, values: command.outputs } }),
    ...(command.allNamespaces ? { 'all-namespaces': everywhere } : {}),
    ...others,
  }
}

function optionNamed(word: string, options: Options): readonly [string, Option] | undefined {
  return Object.entries(options).find(([name, { short }]) => word === `--${name}` || (short !== undefined && word === `-${short}`))
}

function valuesOf({ completes, values = [] }: { readonly completes?: Completed; readonly values?: readonly string[] }) {
  return { words: values.map((value) => [value, ''] as const), lookUp: completes }
}

/** Bash hands `--namespace=prod` over in three words. */
function withoutSplits(words: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => (word === '=' && (words[index - 1] ?? '').startsWith('--') ? [] : [word]))
}
