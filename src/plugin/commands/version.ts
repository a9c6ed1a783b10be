import { version as own } from '../../version.ts'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'

export const version: Command = {
  name: 'version',
  summary: 'prints the versions of the plugin and of the operator in the cluster',
  examples: [{ does: 'the versions of both', line: 'version' }],
  async run({ terminal }) {
    terminal.print(`plugin  ${own}`)
    return exitCodes.ok
  },
}
