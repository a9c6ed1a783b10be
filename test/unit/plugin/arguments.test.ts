import { expect, test } from 'vitest'
import { type CommandLine, readCommandLine } from '../../../src/plugin/arguments.ts'
import type { Command } from '../../../src/plugin/command.ts'
import { Problem } from '../../../src/plugin/problem.ts'
import { plain } from '../../../src/plugin/text.ts'

const run = async () => 0 as const
const commands: readonly Command[] = [
  {
    name: 'status',
    summary: 'shows',
    positionals: [{ name: 'NAME', help: 'a cluster', isOptional: true, isMany: true }],
    options: { watch: { short: 'w', help: 'again and again' } },
    outputs: ['json', 'wide'],
    allNamespaces: true,
    examples: [],
    run,
  },
  {
    name: 'restore',
    summary: 'restores',
    positionals: [{ name: 'BACKUP', help: 'a backup' }],
    options: { as: { value: 'NAME', help: 'the new name' }, mode: { value: 'MODE', values: ['fast', 'slow'], help: 'how' } },
    examples: [],
    run,
  },
  { name: 'ctl', summary: 'runs', positionals: [{ name: 'NAME', help: 'a cluster' }], passesOn: 'for etcdctl', examples: [], run },
  { name: '__complete', summary: 'completes', isHidden: true, examples: [], run },
]

function argsOf(...argv: readonly string[]) {
  const line: CommandLine = readCommandLine(argv, commands)
  if ('help' in line) throw new Error('help')
  return line.args
}

function problemOf(...argv: readonly string[]): readonly string[] {
  try {
    readCommandLine(argv, commands)
  } catch (error) {
    if (error instanceof Problem) return [`${error.exitCode} ${error.message}`, ...error.hints.map(plain)]
  }
  throw new Error('no problem')
}

test('options may stand before the command, after it and after its arguments, as kubectl takes them', () => {
  const args = argsOf('-n', 'prod', 'status', 'a', '-w', 'b', '-o=json')
  expect([args.value('namespace'), args.many('NAME'), args.flag('watch'), args.output]).toEqual(['prod', ['a', 'b'], true, 'json'])
  expect(argsOf('status', '-nprod', '-ojson', '--watch=false')).toMatchObject({ output: 'json' })
  expect(argsOf('status', '--watch=false').flag('watch')).toBe(false)
  expect(argsOf('restore', 'b1', '--as=demo2').value('as')).toBe('demo2')
})

test('what follows -- is passed on as it is', () => {
  const args = argsOf('ctl', 'demo', '-n', 'prod', '--', 'get', '--prefix', '-n', 'x')
  expect([args.required('NAME'), args.value('namespace'), args.passedOn]).toEqual(['demo', 'prod', ['get', '--prefix', '-n', 'x']])
})

test('help is printed wherever it is asked for', () => {
  expect(readCommandLine([], commands)).toEqual({ help: 'all' })
  expect(readCommandLine(['--help'], commands)).toEqual({ help: 'all' })
  expect(readCommandLine(['help', 'ctl'], commands)).toEqual({ help: commands[2] })
  // Before anything else is asked for: the command lacks its argument.
  expect(readCommandLine(['ctl', '-h'], commands)).toEqual({ help: commands[2] })
})

test.each([
  [['statsu'], ['2 unknown command "statsu"', 'did you mean kubectl etcd status?', 'see kubectl etcd --help']],
  [['__complet'], ['2 unknown command "__complet"', 'see kubectl etcd --help']],
  [
    ['status', '--wacth'],
    ['2 unknown option --wacth', 'did you mean --watch?', 'see kubectl etcd status --help'],
  ],
  [
    ['--wach', 'status'],
    ['2 unknown option --wach', 'see kubectl etcd --help'],
  ],
  [
    ['status', '-x'],
    ['2 unknown option -x', 'see kubectl etcd status --help'],
  ],
  [
    ['restore', 'b1', '--as'],
    ['2 option --as has no value: write --as NAME', 'see kubectl etcd restore --help'],
  ],
  [
    ['restore', 'b1', '--as', '--mode=fast'],
    ['2 option --as has no value: write --as NAME', 'see kubectl etcd restore --help'],
  ],
  [
    ['restore', 'b1', '--mode', 'fsat'],
    ['2 option --mode is "fsat"; it takes fast, slow', 'did you mean fast?'],
  ],
  [['restore'], ['2 restore needs BACKUP, a backup', 'usage: kubectl etcd restore BACKUP', 'see kubectl etcd restore --help']],
  [
    ['restore', 'a', 'b'],
    ['2 unexpected argument b', 'usage: kubectl etcd restore BACKUP', 'see kubectl etcd restore --help'],
  ],
  [
    ['status', '-o', 'jsn'],
    ['2 -o is "jsn"; status takes json, wide', 'did you mean json?', 'see kubectl etcd status --help'],
  ],
  [
    ['restore', 'a', '-o', 'json'],
    ['2 restore takes no -o', 'see kubectl etcd restore --help'],
  ],
  [
    ['restore', 'a', '-A'],
    ['2 restore takes no -A', 'see kubectl etcd restore --help'],
  ],
  [
    ['status', '--watch=sometimes'],
    ['2 option --watch takes no value', 'see kubectl etcd status --help'],
  ],
  [
    ['status', '--', 'x'],
    ['2 unexpected argument x: status takes nothing after --', 'see kubectl etcd status --help'],
  ],
])('%j is refused with a way out', (argv, expected) => {
  expect(problemOf(...argv)).toEqual(expected)
})
