import type { Command } from './command.ts'
import { approve } from './commands/approve.ts'
import { backup } from './commands/backup.ts'
import { backups } from './commands/backups.ts'
import { completion } from './commands/completion.ts'
import { ctl } from './commands/ctl.ts'
import { defrag } from './commands/defrag.ts'
import { doctor } from './commands/doctor.ts'
import { events } from './commands/events.ts'
import { logs } from './commands/logs.ts'
import { members } from './commands/members.ts'
import { moveLeader } from './commands/move-leader.ts'
import { pause, resume } from './commands/pause.ts'
import { plan } from './commands/plan.ts'
import { report } from './commands/report.ts'
import { restart } from './commands/restart.ts'
import { restore } from './commands/restore.ts'
import { status } from './commands/status.ts'
import { top } from './commands/top.ts'
import { version } from './commands/version.ts'

/** The subcommands, in the order of the help. */
export const commands: readonly Command[] = [
  status,
  plan,
  members,
  backups,
  events,
  top,
  logs,
  // what the operator is asked for
  approve,
  backup,
  restore,
  restart,
  pause,
  resume,
  defrag,
  moveLeader,
  // in a member
  ctl,
  // about the installation
  doctor,
  report,
  version,
  completion,
]
