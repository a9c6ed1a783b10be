import type { Context } from './command.ts'
import { usageProblem } from './problem.ts'
import { styled, type Text } from './text.ts'

/** The option of every command that asks before it acts. */
export const yesOption = { yes: { short: 'y', help: 'does it without asking' } } as const

/**
 * Asks whether to go on; only `y` and `yes` do. With `--yes` nothing is asked.
 *
 * @returns false: the person doesn't want it
 * @throws Problem where nobody can be asked: a script has to say `--yes`
 */
export async function isConfirmed({ args, question, terminal }: Context, what: Text): Promise<boolean> {
  if (args.flag('yes')) return true
  const answer = await question(what)
  if (answer === undefined)
    throw usageProblem('nobody can be asked, because the standard input is no terminal', [
      ['to do it without asking: ', styled('command', '--yes')],
    ])
  if (/^\s*y(es)?\s*$/i.test(answer)) return true
  terminal.note('nothing was changed')
  return false
}
