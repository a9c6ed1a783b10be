import type { Command } from './command.ts'
import { version } from './commands/version.ts'

/** The subcommands, in the order of the help. */
export const commands: readonly Command[] = [version]
