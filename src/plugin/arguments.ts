import { parseArgs } from 'node:util'
import type { Arguments, Command, Option, Output, Positional } from './command.ts'
import { globalOptions } from './global-options.ts'
import { usageProblem } from './problem.ts'
import { suggest } from './suggest.ts'
import { styled } from './text.ts'

export type CommandLine = Readonly<{ command: Command; args: Arguments } | { help: Command | 'all' }>

type Options = Readonly<Record<string, Option>>

/** @throws Problem that names the argument, with what may have been meant */
export function readCommandLine(args: readonly string[], commands: readonly Command[]): CommandLine {
  const terminator = args.indexOf('--')
  const own = terminator < 0 ? args : args.slice(0, terminator)
  const first = tokensOf(own, globalOptions).find(({ kind }) => kind !== 'option')
  const before = readOptions(first === undefined ? own : own.slice(0, first.index), globalOptions, 'kubectl etcd --help')
  const name = first === undefined ? undefined : own[first.index]
  if (name === undefined || name === 'help') {
    const about = name === 'help' ? own[(first?.index ?? 0) + 1] : undefined
    return { help: about === undefined ? 'all' : commandOf(about, commands) }
  }
  const command = commandOf(name, commands)
  const help = `kubectl etcd ${command.name} --help`
  const options = { ...globalOptions, ...command.options }
  const after = readOptions(own.slice((first?.index ?? 0) + 1), options, help)
  const given = new Map([...before.given, ...after.given])
  if (given.has('help')) return { help: command }
  if (given.has('all-namespaces') && !command.allNamespaces) throw usageProblem(`${command.name} takes no -A`, [seeHelp(help)])
  const passedOn = terminator < 0 ? [] : args.slice(terminator + 1)
  if (passedOn.length > 0 && command.passesOn === undefined)
    throw usageProblem(`unexpected argument ${passedOn[0]}: ${command.name} takes nothing after --`, [seeHelp(help)])
  const positionals = assign(after.positionals, command, help)
  return {
    command,
    args: {
      value: (option) => given.get(option),
      flag: (option) => given.has(option),
      required(positional) {
        const value = positionals.get(positional)?.[0]
        if (value === undefined) throw new Error(`${command.name} has no argument ${positional}`)
        return value
      },
      optional: (positional) => positionals.get(positional)?.[0],
      many: (positional) => positionals.get(positional) ?? [],
      output: outputOf(given.get('output'), command, help),
      passedOn,
    },
  }
}

function commandOf(name: string, commands: readonly Command[]): Command {
  const found = commands.find((command) => command.name === name)
  if (found !== undefined) return found
  const meant = suggest(
    name,
    commands.filter(({ isHidden }) => !isHidden).map((command) => command.name),
  )
  throw usageProblem(`unknown command "${name}"`, [
    ...didYouMean(meant.map((one) => `kubectl etcd ${one}`)),
    seeHelp('kubectl etcd --help'),
  ])
}

function readOptions(args: readonly string[], options: Options, help: string) {
  const given = new Map<string, string>()
  const positionals: string[] = []
  for (const token of tokensOf(args, options)) {
    if (token.kind !== 'option') {
      positionals.push(args[token.index] ?? '')
      continue
    }
    const { name, rawName } = token
    const option = Object.hasOwn(options, name) ? options[name] : undefined
    if (option === undefined) {
      const meant = suggest(name, Object.keys(options)).map((one) => `--${one}`)
      throw usageProblem(`unknown option ${rawName}`, [...didYouMean(meant), seeHelp(help)])
    }
    if (option.value === undefined) {
      if (token.value !== undefined && token.value !== 'true' && token.value !== 'false')
        throw usageProblem(`option ${rawName} takes no value`, [seeHelp(help)])
      if (token.value === 'false') given.delete(name)
      else given.set(name, 'true')
      continue
    }
    // As kubectl takes it: -o=json.
    const value = token.inlineValue && !rawName.startsWith('--') ? token.value?.replace(/^=/, '') : token.value
    if (value === undefined || value === '' || (!token.inlineValue && value.startsWith('-')))
      throw usageProblem(`option ${rawName} has no value: write ${rawName} ${option.value}`, [seeHelp(help)])
    if (option.values !== undefined && !option.values.includes(value))
      throw usageProblem(`option ${rawName} is "${value}"; it takes ${option.values.join(', ')}`, didYouMean(suggest(value, option.values)))
    given.set(name, value)
  }
  return { given, positionals }
}

function tokensOf(args: readonly string[], options: Options) {
  const known = Object.entries(options).map(([name, { short, value }]) => [
    name,
    { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short === undefined ? {} : { short }) },
  ])
  return parseArgs({ args: [...args], options: Object.fromEntries(known), strict: false, tokens: true }).tokens
}

/** Which argument is which positional. */
function assign(given: readonly string[], command: Command, help: string): ReadonlyMap<string, readonly string[]> {
  const wanted = command.positionals ?? []
  const found = new Map<string, readonly string[]>()
  let at = 0
  for (const positional of wanted) {
    const taken = positional.isMany ? given.slice(at) : given.slice(at, at + 1)
    if (taken.length === 0 && !positional.isOptional)
      throw usageProblem(`${command.name} needs ${positional.name}, ${positional.help}`, [usageHint(command, wanted), seeHelp(help)])
    const wrong = taken.find((one) => positional.values !== undefined && !positional.values.includes(one))
    if (wrong !== undefined)
      throw usageProblem(`${positional.name} is "${wrong}"; it takes ${positional.values?.join(', ')}`, [
        ...didYouMean(suggest(wrong, positional.values ?? [])),
        seeHelp(help),
      ])
    if (taken.length > 0) found.set(positional.name, taken)
    at += taken.length
  }
  if (at < given.length) throw usageProblem(`unexpected argument ${given[at]}`, [usageHint(command, wanted), seeHelp(help)])
  return found
}

function outputOf(given: string | undefined, { name, outputs = [] }: Command, help: string): Output | undefined {
  if (given === undefined) return undefined
  const found = outputs.find((output) => output === given)
  if (found !== undefined) return found
  const takes = outputs.length === 0 ? `${name} takes no -o` : `-o is "${given}"; ${name} takes ${outputs.join(', ')}`
  throw usageProblem(takes, [...didYouMean(suggest(given, outputs)), seeHelp(help)])
}

function usageHint({ name }: Command, positionals: readonly Positional[]) {
  return ['usage: ', styled('command', ['kubectl etcd', name, ...positionals.map(placeholder)].join(' '))]
}

export function placeholder({ name, isOptional, isMany }: Positional): string {
  const text = isMany ? `${name}...` : name
  return isOptional ? `[${text}]` : text
}

/** One hint, or none. */
export function didYouMean(meant: readonly string[]) {
  return meant.length === 0
    ? []
    : [['did you mean ', ...meant.flatMap((one, index) => [...(index > 0 ? [' or '] : []), styled('command', one)]), '?']]
}

function seeHelp(help: string) {
  return ['see ', styled('command', help)]
}
