import { placeholder } from './arguments.ts'
import type { Command, Option } from './command.ts'
import { globalOptions } from './global-options.ts'
import { styled, type Text } from './text.ts'
import { wrap } from './width.ts'

/** The list of commands. */
export function generalHelp(commands: readonly Command[], columns = 100): readonly Text[] {
  const listed = commands.filter(({ isHidden }) => !isHidden)
  return [
    ...wrap('Looks at etcd clusters that the etcd operator runs, and tells it what you want.', columns),
    '',
    [styled('strong', 'Usage: '), 'kubectl etcd COMMAND [NAME] [options]'],
    '',
    styled('strong', 'Commands'),
    ...twoColumns(
      listed.map(({ name, summary }) => [name, summary]),
      columns,
    ),
    '',
    styled('strong', 'Options of every command'),
    ...optionLines(globalOptions, columns),
    '',
    styled('strong', 'Exit codes'),
    ...twoColumns(exitCodeTexts, columns),
    '',
    ['See ', styled('command', 'kubectl etcd COMMAND --help'), ' for examples.'],
  ]
}

/** The help of one command. */
export function commandHelp(command: Command, columns = 100): readonly Text[] {
  const { summary, about = [], positionals = [], options = {}, outputs, allNamespaces, passesOn, examples } = command
  const { output, 'all-namespaces': everywhere, ...others } = globalOptions
  const own: Readonly<Record<string, Option>> = {
    ...options,
    ...(outputs === undefined ? {} : { output: { ...output, value: outputs.join('|') } }),
    ...(allNamespaces ? { 'all-namespaces': everywhere } : {}),
  }
  return [
    ...wrap(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`, columns),
    ...about.flatMap((paragraph) => ['', ...wrap(paragraph, columns)]),
    '',
    [styled('strong', 'Usage: '), usageOf(command)],
    ...(positionals.length === 0 && passesOn === undefined ? [] : ['']),
    ...twoColumns(
      [
        ...positionals.map((one) => [placeholder(one), one.help] as const),
        ...(passesOn === undefined ? [] : [['-- ARGS', passesOn] as const]),
      ],
      columns,
    ),
    '',
    styled('strong', 'Examples'),
    ...examples.flatMap(({ does, line }) => [[styled('faint', `  # ${does}`)], [`  kubectl etcd ${line}`]]),
    ...(Object.keys(own).length === 0 ? [] : ['', styled('strong', 'Options')]),
    ...optionLines(own, columns),
    '',
    styled('strong', 'Options of every command'),
    ...optionLines(others, columns),
  ]
}

export function usageOf({ name, positionals = [], options = {}, outputs, allNamespaces, passesOn }: Command): string {
  const hasOptions = Object.keys(options).length > 0 || outputs !== undefined || allNamespaces
  return [
    'kubectl etcd',
    name,
    ...positionals.map(placeholder),
    ...(hasOptions ? ['[options]'] : []),
    ...(passesOn === undefined ? [] : ['--', 'ARGS']),
  ].join(' ')
}

/** `-n, --namespace NAMESPACE`. */
export function optionTitle(name: string, { short, value }: Option): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`
}

export function optionHelp({ help, values }: Option): string {
  return values === undefined ? help : `${help}: ${values.join(', ')}`
}

export const exitCodeTexts: readonly (readonly [string, string])[] = [
  ['0', 'done'],
  ['1', 'failed: no cluster, no rights, no such object, or the operator refuses'],
  ['2', 'the command line is wrong'],
  ['3', 'the answer is no: status with --exit-code, doctor'],
  ['130', 'ended by Ctrl-C before it was done'],
]

function optionLines(options: Readonly<Record<string, Option>>, columns: number): readonly Text[] {
  return twoColumns(
    Object.entries(options).map(([name, option]) => [optionTitle(name, option), optionHelp(option)]),
    columns,
  )
}

function twoColumns(rows: readonly (readonly [string, string])[], columns: number): readonly Text[] {
  const left = Math.min(32, Math.floor(columns / 2) - 4, Math.max(0, ...rows.map(([title]) => title.length)))
  const right = Math.max(16, columns - left - 4)
  return rows.flatMap(([title, text]) => {
    const lines = wrap(text, right)
    const head = title.length > left ? [`  ${title}`] : []
    return [...head, ...lines.map((line, index) => `  ${(index === 0 && head.length === 0 ? title : '').padEnd(left)}  ${line}`)]
  })
}
