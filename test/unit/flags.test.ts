import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { environmentName, type Flag, flags, helpText, readCommandLine } from '../../src/flags.ts'
import { version } from '../../src/version.ts'

const root = join(import.meta.dirname, '../..')
const names = Object.keys(flags) as Flag[]

describe('the command line of the operator', () => {
  test('gives the flags that it names', () => {
    expect(given('--log-level=debug', '--namespace', 'ops')).toEqual({ 'log-level': 'debug', namespace: 'ops' })
    expect(given()).toEqual({})
  })

  test.each([
    ['--help', 'help'],
    ['-h', 'help'],
    ['--version', 'version'],
  ])('%s asks for the %s, whatever stands beside it', (flag, print) => {
    expect(readCommandLine(['--log-level=debug', flag])).toEqual({ print })
  })

  test.each([
    ['an option that does not exist', ['--leader-elct=false'], 'unknown option --leader-elct; '],
    ['a short option that does not exist', ['-v'], 'unknown option -v; '],
    ['a name that every JavaScript object has', ['--constructor=1'], 'unknown option --constructor; '],
    ['an argument that is no option', ['run'], 'unexpected argument run: the operator takes flags only; '],
    ['an option without its value', ['--namespace'], 'option --namespace has no value: write --namespace=VALUE; '],
    ['an option in the place of a value', ['--namespace', '--identity=a'], 'option --namespace has no value: write --namespace=VALUE; '],
  ])('%s is named, with the way out', (_, args, message) => {
    expect(() => readCommandLine(args)).toThrow(`${message}"operator --help" lists all options`)
  })

  test('comes before the environment', () => {
    const env = { ETCD_OPERATOR_LOG_LEVEL: 'warn', ETCD_OPERATOR_LEASE_NAME: 'mine' }
    expect(readConfig(new Map([['log-level', 'debug']]), env)).toMatchObject({ logLevel: 'debug', leaseName: 'mine' })
  })

  test('a value that a flag does not take is named with those that it takes', () => {
    expect(() => readConfig(new Map([['log-format', 'xml']]), {})).toThrow(
      '--log-format (ETCD_OPERATOR_LOG_FORMAT) is "xml"; it takes json, pretty',
    )
  })
})

describe('every flag', () => {
  test.each(names)('--%s stands in the help, with its environment variable and its default', (name) => {
    const { default: value, help } = flags[name]
    const heading = `--${name}, ${environmentName(name)}${value === '' ? '' : ` (default ${value})`}`
    expect(helpText()).toContain(`\n  ${heading}\n        ${help}`)
  })

  test('has an environment variable of its own', () => {
    expect(environmentName('log-level')).toBe('ETCD_OPERATOR_LOG_LEVEL')
    expect(new Set(names.map(environmentName)).size).toBe(names.length)
  })
})

describe.each(['operator', 'agent'])('the program %s', (program) => {
  test('prints its help and its version, and ends', () => {
    expect(run(program, '--help')).toMatchObject({ status: 0, stdout: expect.stringMatching(`^Usage: ${program} `), stderr: '' })
    expect(run(program, '--version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' })
  })
})

test('the operator ends with an error where it does not know an option', () => {
  const { status, stdout, stderr } = run('operator', '--no-such-option')
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: 'unknown option --no-such-option; "operator --help" lists all options\n',
  })
})

function given(...args: readonly string[]): Record<string, string> {
  const commandLine = readCommandLine(args)
  if (!('given' in commandLine)) throw new Error('something is to be printed')
  return Object.fromEntries(commandLine.given)
}

function run(program: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [join(root, 'src/bin', `${program}.ts`), ...args], { encoding: 'utf8' })
}
