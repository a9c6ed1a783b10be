import { pause } from '../adapters/kube/deadline.ts'
import type { Context } from './command.ts'
import { explain } from './explain.ts'
import { styled, type Text } from './text.ts'

/** How often `-w` asks. */
const intervalMs = 2000

export interface Drawing {
  readonly lines: readonly Text[]
  /** Tells whether anything has changed but ages: without a terminal a drawing is printed only then. */
  readonly key: string
}

/** Prints what `draw` returns: once, or with `-w` again and again until Ctrl-C. What fails later is said above the last drawing. */
export async function printOrWatch({ args, terminal, signal, connect }: Context, draw: () => Promise<Drawing>): Promise<void> {
  let last = await draw()
  if (!args.flag('watch')) return terminal.print(...last.lines)
  if (terminal.columns !== undefined) terminal.write('\x1b[2J')
  terminal.repaint(last.lines)
  const { title } = await connect()
  for (;;) {
    await pause(intervalMs, signal).catch(() => undefined)
    if (signal.aborted) return
    const next = await draw().catch((error: unknown) => explain(error, title))
    if (signal.aborted) return
    if (next instanceof Error) terminal.repaint([[styled('bad', next.message)], '', ...last.lines])
    else {
      if (terminal.columns !== undefined || next.key !== last.key) terminal.repaint(next.lines)
      last = next
    }
  }
}

/** Changes when any of the objects does. */
export function keyOf(objects: readonly { readonly metadata: { readonly uid: string; readonly resourceVersion: string } }[]): string {
  return objects.map(({ metadata }) => `${metadata.uid}/${metadata.resourceVersion}`).join(' ')
}

export const watchOption = { watch: { short: 'w', help: 'looks again every 2 seconds until Ctrl-C' } } as const
