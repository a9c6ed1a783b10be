import { setTimeout as pause } from 'node:timers/promises'
import { parseDuration } from '../model/duration.ts'
import type { Context } from './command.ts'
import { Problem, usageProblem } from './problem.ts'
import type { Text } from './text.ts'

export const waitOptions = {
  wait: { help: 'waits for the end, and fails where that is a failure' },
  timeout: { value: 'DURATION', help: 'with --wait: gives up after so long, for example 10m; default: never' },
} as const

/** How far something is. */
export type Progress<T> = { readonly done: T } | { readonly waits: Text }

/**
 * Looks again and again until it is done, and notes each new state once. The failure that ends a wait is thrown by `look` itself.
 *
 * @throws Problem after `--timeout`
 */
export async function waitFor<T>(context: Context, what: string, look: () => Promise<Progress<T>>): Promise<T> {
  const { args, now, signal, terminal } = context
  const limitMs = durationMs(args.value('timeout'))
  const began = now()
  let told = ''
  for (;;) {
    const progress = await look()
    if ('done' in progress) return progress.done
    const line = JSON.stringify(progress.waits)
    if (line !== told) terminal.note(progress.waits)
    told = line
    if (now() - began >= limitMs)
      throw new Problem(`${what} has not ended within ${args.value('timeout')}; it goes on without this program`)
    await pause(betweenLooksMs, undefined, { signal })
  }
}

const betweenLooksMs = 500

/** @throws Problem */
export function durationMs(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  const ms = parseDuration(text)
  if (ms === undefined) throw usageProblem(`"${text}" is no duration: write 90s, 10m or 1h30m`)
  return ms
}
