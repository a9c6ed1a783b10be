import type { EtcdCluster, NextStep } from '../../api/etcd-cluster.ts'
import { annotation } from '../../api/labels.ts'
import { isConfirmed, yesOption } from '../ask.ts'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { findCluster } from '../find-cluster.ts'
import { Problem } from '../problem.ts'
import { styled, type Text } from '../text.ts'
import { annotate, takeBack, whatHoldsUp } from '../wishes.ts'

export const approve: Command = {
  name: 'approve',
  summary: 'lets a step begin that waits for an approval or a maintenance window',
  about: [
    'Shows the step and asks first. The approval is for this very step: if the operator plans another one meanwhile, it lets nothing through. Where spec.repair.automatic is false a replacement waits for an approval; outside of maintenance windows all that disrupts does.',
  ],
  positionals: [
    { name: 'NAME', help: 'a cluster', completes: 'cluster' },
    { name: 'STEP', help: 'the ID of the step as status and plan show it; default: the one that waits', isOptional: true },
  ],
  options: { ...yesOption, 'take-back': { help: 'removes the approval; what was begun is finished' } },
  examples: [
    { does: 'shows the step that waits, and asks', line: 'approve demo' },
    { does: 'approves of a step that was seen before, without a question', line: 'approve demo 5f3c9a21d0 --yes' },
  ],
  async run(context) {
    const { args, terminal, signal } = context
    const target = await context.connect()
    const cluster = await findCluster(target, args.required('NAME'), signal)
    if (args.flag('take-back')) return takeBack(context, target, cluster, annotation.approve)
    const step = waitingStep(cluster)
    const asked = args.optional('STEP')
    if (asked !== undefined && asked !== step.id)
      throw new Problem(`${asked} is not the step that waits: it is outdated, or of another cluster`, [
        ...described(step),
        ['to approve of this one: ', styled('command', `kubectl etcd approve ${cluster.metadata.name} ${step.id}`)],
      ])
    terminal.note(...described(step))
    if (cluster.metadata.annotations?.[annotation.approve] === step.id) {
      terminal.print('approved already; the operator begins at its next look')
      return exitCodes.ok
    }
    if (!(await isConfirmed(context, `Let ${cluster.metadata.name} begin with this?`))) return exitCodes.failed
    await annotate(target, cluster, { [annotation.approve]: step.id }, signal)
    terminal.print(`approved of step ${step.id}`)
    terminal.note(...whatHoldsUp(cluster))
    return exitCodes.ok
  },
}

/** @throws Problem where nothing waits for a person, or the status tells of another spec */
function waitingStep({ metadata: { name, generation }, status }: EtcdCluster): NextStep {
  const next = status?.nextStep
  if ((status?.observedGeneration ?? -1) < generation)
    throw new Problem(`the operator has not planned for the newest spec of ${name} yet`, ['try again in some seconds'])
  if (next === undefined) throw new Problem(`nothing waits for an approval: ${name} has nothing left to do`)
  if (next.reason !== 'ApprovalNeeded' && next.notBefore === undefined)
    throw new Problem(`nothing waits for an approval; the operator is at ${next.reason}: ${next.message}`)
  return next
}

function described({ id, action, member, reason, message, notBefore }: NextStep): readonly Text[] {
  return [
    [styled('strong', 'step    '), id],
    [styled('strong', 'does    '), member === undefined ? action : `${action} ${member}`],
    [styled('strong', 'why     '), `${reason}: ${message}`],
    ...(notBefore === undefined ? [] : [[styled('strong', 'else at '), notBefore]]),
  ]
}
