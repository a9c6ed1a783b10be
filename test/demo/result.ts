import type { Report, Verification } from '../client/writer.ts'
import { grouped, seconds } from './board.ts'
import { paint } from './screen.ts'

/** One row of the table at the end. */
export interface Chapter {
  readonly title: string
  readonly ms: number
  /** The writer's name of this phase; none where nobody could write yet. */
  readonly phase: string
}

/** What must hold for the demo to have shown what it claims; empty when it does. */
export function complaints(report: Report): readonly string[] {
  const { lost, beyond } = report.verification?.state === 'done' ? report.verification : { lost: 0, beyond: 0 }
  return [
    ...(report.failed > 0 ? [`${report.failed} writes failed: ${report.failures.map(({ error }) => error).join('; ')}`] : []),
    ...(lost > 0 ? [`${lost} acknowledged writes are lost: ${examples(report.verification)}`] : []),
    ...(beyond > 0 ? [`${beyond} writes are there that were made after the backup: ${examples(report.verification)}`] : []),
    ...(report.backwards > 0 ? [`${report.backwards} writes were acknowledged with a revision of the past`] : []),
    ...(report.clusterIds.length > 1 ? [`more than one cluster answered: ${report.clusterIds.join(', ')}`] : []),
  ]
}

function examples(verification: Verification | undefined): string {
  return verification?.state === 'done' ? verification.examples.map(({ key, why }) => `${key} ${why}`).join('; ') : ''
}

/** `report` is from before the deletion, `restored` from after the restore. */
export function resultTable(chapters: readonly Chapter[], report: Report, restored: Restored): readonly string[] {
  const phases = new Map(report.phases.map((phase) => [phase.name, phase]))
  const rows = chapters.map(({ title, ms, phase }) => {
    const seen = phases.get(phase)
    const figures = seen === undefined || seen.acknowledged === 0 ? undefined : seen
    return row(
      title,
      seconds(ms),
      figures ? grouped(figures.acknowledged) : '',
      figures ? String(figures.failed) : '',
      figures ? `${Math.round(figures.longestPauseMs)} ms` : '',
    )
  })
  const { acknowledged, failed, longestPauseMs } = report
  const all = row('the whole time', '', grouped(acknowledged), String(failed), `${Math.round(longestPauseMs)} ms`)
  const lines = [
    `${readBack(report)} lost`,
    `after the restore, up to revision ${restored.revision} of the backup: ${readBack(restored.report)} lost, ${beyondOf(restored.report)} beyond it`,
  ]
  return [
    paint.dim(row('', 'time', 'writes', 'failed', 'longest pause')),
    ...rows,
    all,
    '',
    ...lines.map((line) => `  ${paint.bold(line)}`),
  ]
}

/** What the client found in the restored cluster. */
export interface Restored {
  readonly revision: string
  readonly report: Report
}

function readBack({ verification }: Report): string {
  return verification?.state === 'done'
    ? `${grouped(verification.checked)} acknowledged writes read back and compared: ${verification.lost}`
    : 'not read back, so perhaps all are'
}

function beyondOf({ verification }: Report): number {
  return verification?.state === 'done' ? verification.beyond : Number.NaN
}

function row(title: string, time: string, writes: string, failed: string, pause: string): string {
  return `  ${title.padEnd(24)}${time.padStart(8)}${writes.padStart(9)}${failed.padStart(8)}${pause.padStart(15)}`.trimEnd()
}
