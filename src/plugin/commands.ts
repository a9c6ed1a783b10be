import type { Command } from './command.ts'
import { backups } from './commands/backups.ts'
import { completion } from './commands/completion.ts'
import { events } from './commands/events.ts'
import { members } from './commands/members.ts'
import { plan } from './commands/plan.ts'
import { status } from './commands/status.ts'
import { version } from './commands/version.ts'

/** The subcommands, in the order of the help. */
export const commands: readonly Command[] = [
  status,
  plan,
  members,
  backups,
  events,
  // about the installation
  version,
  completion,
]
