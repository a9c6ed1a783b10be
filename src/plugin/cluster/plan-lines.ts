import type { EtcdCluster } from '../../api/etcd-cluster.ts'
import { titled } from '../flow.ts'
import { joined, styled, type Text } from '../text.ts'
import { command, nowOf } from './next-step.ts'

type PlannedStep = NonNullable<NonNullable<EtcdCluster['status']>['plan']>[number]

const indent = 9

/**
 * What the operator does now or waits for, what comes after it, and what it needs from a person.
 * @param steps those of a dry run; undefined: nobody asked for them
 */
export function planLines(
  cluster: EtcdCluster,
  steps: readonly PlannedStep[] | undefined,
  { columns, now }: { readonly columns: number | undefined; readonly now: number },
): readonly Text[] {
  const { metadata, status } = cluster
  const { text, ways, what } = nowOf(cluster, now)
  const title = { does: 'now', waits: styled('warning', 'waits'), blocked: styled('bad', 'blocked'), rests: 'now' }[what]
  const section = (head: Text, texts: readonly Text[]) =>
    texts.flatMap((one, index) => titled(index === 0 ? head : '', one, indent, columns))
  const isDryRun = status?.nextStep?.reason === 'DryRun'
  return [
    // With a dry run the plan is the answer, and that the operator stands still is said below it.
    ...(isDryRun && steps !== undefined ? [] : section(title, [text])),
    ...(status?.rollout === undefined
      ? []
      : section('roll', [`${status.rollout.updated} of ${status.rollout.total} members updated: ${status.rollout.what}`])),
    ...(steps === undefined ? [] : stepLines(steps, columns)),
    ...section('you', [
      ...(isDryRun && steps !== undefined
        ? [
            [
              'the annotation etcd-operator.dev/dry-run holds the operator back; to go on: ',
              styled('command', `kubectl annotate etcdcluster ${metadata.name} etcd-operator.dev/dry-run-`),
            ],
          ]
        : ways),
      ...(steps === undefined && what !== 'rests' ? [['the steps after it: ', command(`plan ${metadata.name} --ahead`)]] : []),
    ]),
  ]
}

function stepLines(steps: readonly PlannedStep[], columns: number | undefined): readonly Text[] {
  const digits = String(steps.length).length
  if (steps.length === 0) return titled('then', 'no step is left to take', indent, columns)
  return steps.flatMap((step, index) => {
    const isEnd = step.action === 'Wait' || step.action === 'Block' || step.action === 'More'
    const number = isEnd ? '' : String(index + 1)
    const head = joined([(index === 0 ? 'then' : '').padEnd(indent - 2), number.padStart(digits)])
    return titled(head, textOf(step), indent + digits, columns)
  })
}

function textOf({ action, disrupts, member, message, reason }: PlannedStep): Text {
  if (action === 'More') return ['… ', message]
  const what =
    action === 'Block'
      ? styled('bad', `blocked, ${reason}`)
      : action === 'Wait'
        ? styled('warning', `waits, ${reason}`)
        : styled('strong', action)
  return joined([
    what,
    ...(member === undefined ? [] : [` ${member}`]),
    ': ',
    message,
    ...(disrupts ? [styled('warning', '  (disrupts)')] : []),
  ])
}
