import { askPlan } from '../ask-plan.ts'
import { planLines } from '../cluster/plan-lines.ts'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { findCluster } from '../find-cluster.ts'
import { usageProblem } from '../problem.ts'
import { printStructured } from '../structured.ts'
import { keyOf, printOrWatch, watchOption } from '../watch.ts'

export const plan: Command = {
  name: 'plan',
  summary: 'shows what the operator does next, what that waits for, and what it needs from you',
  about: [
    'Without options the plugin only reads. The operator tells the step that is due in the status; it decides about the ones after it when their time comes.',
    'With --ahead the operator is asked for all steps up to the state that the spec asks for: the plugin sets the annotation etcd-operator.dev/dry-run, waits for the list, and takes the annotation away again, also after Ctrl-C. For these seconds the operator takes no step, not even a repair. A dry run that somebody else has set is shown as it is and left alone.',
  ],
  positionals: [{ name: 'NAME', help: 'cluster', completes: 'cluster' }],
  options: { ahead: { help: 'lists all steps; holds the operator back for some seconds' }, ...watchOption },
  outputs: ['json', 'yaml'],
  examples: [
    { does: 'what does it wait for?', line: 'plan demo' },
    { does: 'all steps of an upgrade before it begins', line: 'plan demo --ahead' },
  ],
  async run(context) {
    const { args, now, signal, terminal } = context
    if (args.flag('ahead') && args.flag('watch'))
      throw usageProblem("--ahead and -w don't go together: the operator would stand still all the while")
    const target = await context.connect()
    const name = args.required('NAME')
    const found = await findCluster(target, name, signal)
    const cluster = args.flag('ahead') ? await askPlan(target, found, signal) : found
    if (args.output !== undefined) {
      const { nextStep, plan: steps, rollout } = cluster.status ?? {}
      printStructured(terminal, args.output, { nextStep: nextStep ?? null, rollout: rollout ?? null, plan: steps ?? null })
      return exitCodes.ok
    }
    if (args.flag('ahead')) {
      // What was due before the operator was held back.
      terminal.print(...planLines(found, cluster.status?.plan, { columns: terminal.columns, now: now() }))
      return exitCodes.ok
    }
    await printOrWatch(context, async () => {
      const seen = await findCluster(target, name, signal)
      return { lines: planLines(seen, seen.status?.plan, { columns: terminal.columns, now: now() }), key: keyOf([seen]) }
    })
    return exitCodes.ok
  },
}
