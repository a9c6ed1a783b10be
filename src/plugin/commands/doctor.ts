import type { Command } from '../command.ts'
import type { Check, Finding } from '../doctor/check.ts'
import { kubernetes, networkPolicies, storageClasses } from '../doctor/environment.ts'
import { installed, running } from '../doctor/operator.ts'
import { rightsOfOperator, rightsOfPerson } from '../doctor/rights.ts'
import { exitCodes } from '../exit-code.ts'
import { operatorOption } from '../operator-pods.ts'
import { printStructured } from '../structured.ts'
import { type Style, styled, type Text } from '../text.ts'

/** In the order in which the problems have to be solved. */
const checks: readonly Check[] = [kubernetes, installed, running, rightsOfOperator, rightsOfPerson, storageClasses, networkPolicies]

const styles: Readonly<Record<Finding['state'], Style>> = { ok: 'good', warn: 'warning', fail: 'bad' }

export const doctor: Command = {
  name: 'doctor',
  summary: 'looks for what is wrong with the installation: versions, pods, rights, StorageClasses, NetworkPolicies',
  about: ['Changes nothing. Each line is ok, warn or fail, with the way out; the exit code is 3 where a line is fail.'],
  options: { ...operatorOption },
  outputs: ['json', 'yaml'],
  examples: [{ does: 'of the operator, and of what it may do in namespace prod', line: 'doctor -n prod' }],
  async run(context) {
    const { args, terminal } = context
    const target = await context.connect()
    const findings = (await Promise.all(checks.map((check) => check(context, target)))).flat()
    const code = findings.some(({ state }) => state === 'fail') ? exitCodes.unwell : exitCodes.ok
    if (printStructured(terminal, args.output, { findings })) return code
    for (const { state, text, wayOut } of findings) {
      const line: Text = [styled(styles[state], state.padEnd(4)), '  ', text]
      terminal.print(line)
      if (wayOut !== undefined) terminal.print(['      ', styled('faint', wayOut)])
    }
    return code
  },
}
