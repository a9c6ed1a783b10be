import { writeYaml } from '../objects/yaml.ts'
import type { Output } from './command.ts'
import type { Terminal } from './terminal.ts'

/** Prints a value for programs, in the form of `-o json` or `-o yaml`; false: it was asked for in another form. */
export function printStructured(terminal: Terminal, output: Output | undefined, value: object): boolean {
  if (output !== 'json' && output !== 'yaml') return false
  terminal.write(output === 'json' ? `${harmlessJson(value)}\n` : writeYaml(value))
  return true
}

/** JSON escapes the lower control characters itself; the others would reach a terminal. What is parsed is the same. */
function harmlessJson(value: object): string {
  return JSON.stringify(value, undefined, 2).replace(
    /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
