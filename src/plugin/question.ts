import { createInterface } from 'node:readline/promises'
import { paint } from './paint.ts'
import type { Text } from './text.ts'

/**
 * Asks a person on standard error, so that the output stays what a program reads.
 *
 * @returns what was typed; undefined: nobody is there to be asked
 */
export async function askPerson(
  { stdin, stderr }: Pick<NodeJS.Process, 'stdin' | 'stderr'>,
  what: Text,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!stdin.isTTY) return undefined
  const lines = createInterface({ input: stdin, output: stderr })
  // Ctrl-D and Ctrl-C at the question answer it: no.
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
  try {
    return await Promise.race([lines.question(`${paint(what, false)} [y/N] `, { signal }), closed])
  } finally {
    lines.close()
  }
}
