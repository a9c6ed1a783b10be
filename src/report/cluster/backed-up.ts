import type { Reason } from '../../api/reasons.ts'
import type { BackupFacts, ScheduleFacts } from '../../model/cluster/backups.ts'
import type { Verdict } from '../verdict.ts'

/**
 * Whether the newest verified backup is as young as all schedules promise. One overdue schedule counts more than others that are on
 * time; a suspended schedule promises nothing.
 */
export function backedUp({ schedules }: BackupFacts): Verdict {
  if (schedules.length === 0) return { status: 'False', reason: 'NoSchedule', message: 'no backup schedule names this cluster' }
  const going = schedules.filter(({ suspended }) => !suspended).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  if (going.length === 0) {
    const names = schedules.map(({ name }) => name).toSorted()
    return { status: 'False', reason: 'ScheduleSuspended', message: `suspended: ${names.join(', ')}; set spec.suspend to false to go on` }
  }
  const telling = withStatus(going, 'False') ?? withStatus(going, 'True') ?? withStatus(going, 'Unknown')
  if (telling?.backedUp === undefined)
    return { status: 'Unknown', reason: 'NotDueYet', message: 'no pass over its schedules has ended yet' }
  const { name, backedUp } = telling
  return { status: backedUp.status, reason: reasonOf(backedUp), message: `${name}: ${backedUp.message}` }
}

/** A schedule that was resumed a moment ago may still have the reason Suspended in its status: that reason is ignored. */
function withStatus(schedules: readonly ScheduleFacts[], status: Verdict['status']): ScheduleFacts | undefined {
  return schedules.find(({ backedUp }) => backedUp?.status === status && backedUp.reason !== 'Suspended')
}

function reasonOf({ status, reason }: NonNullable<ScheduleFacts['backedUp']>): Reason {
  if (status === 'True') return 'AsPromised'
  if (status === 'Unknown') return 'NotDueYet'
  return reason === 'InvalidSpec' ? 'InvalidSpec' : 'BackupOverdue'
}
