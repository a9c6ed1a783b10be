import { expect, test } from 'vitest'
import { commands } from '../../../src/plugin/commands.ts'
import { complete } from '../../../src/plugin/complete.ts'

function wordsOf(...words: readonly string[]): readonly string[] {
  return complete(words, commands).words.map(([word]) => word)
}

test('the first word is a command', () => {
  expect(wordsOf('')).toContain('status')
  expect(wordsOf('-n', 'prod', '')).toContain('status')
})

test.each([
  ['a cluster', ['status', ''], 'cluster'],
  ['a further cluster', ['status', 'a', ''], 'cluster'],
  ['no second cluster where one is enough', ['plan', 'a', ''], undefined],
  ['a namespace', ['status', '-n', ''], 'namespace'],
  ['a namespace after its =', ['status', '--namespace=p'], 'namespace'],
  ['a namespace that bash has split off', ['status', '--namespace', '=', ''], 'namespace'],
  ['a context before the command', ['--context', ''], 'context'],
  ['nothing after --', ['status', '--', ''], undefined],
  ['nothing after an unknown command', ['frobnicate', ''], undefined],
] as const)('%s', (_, words, lookUp) => {
  expect(complete(words, commands).lookUp).toBe(lookUp)
})

test('options are those of the command', () => {
  expect(wordsOf('status', '--')).toEqual(expect.arrayContaining(['--watch', '--output', '--all-namespaces', '--namespace', '--help']))
  expect(wordsOf('plan', '--')).not.toContain('--all-namespaces')
  expect(wordsOf('status', '-o', '')).toEqual(['json', 'yaml', 'wide'])
  expect(complete(['status', '--output='], commands)).toMatchObject({ prefix: '--output=' })
  expect(wordsOf('completion', '')).toEqual(['bash', 'zsh', 'fish'])
})

test('what was given before is known to the look-up', () => {
  const { given, positionals } = complete(['-n', 'prod', 'status', '--context=kind', 'a', '-w', ''], commands)
  expect([Object.fromEntries(given), positionals]).toEqual([{ namespace: 'prod', context: 'kind' }, ['a']])
})

test('every command has a summary in one form, and examples that the plugin itself can read', async () => {
  const { readCommandLine } = await import('../../../src/plugin/arguments.ts')
  for (const { examples, name, summary } of commands) {
    expect(summary, name).toMatch(/^[a-z].*[^.]$/)
    expect(examples.length, name).toBeGreaterThan(0)
    for (const { line } of examples) {
      const [own = ''] = line.split(/ [|>]|;/)
      const words = [...own.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
      expect(readCommandLine(words, commands), line).toMatchObject({ command: { name } })
    }
  }
})
