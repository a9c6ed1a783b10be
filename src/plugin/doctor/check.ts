import type { Context, Target } from '../command.ts'

/** What a check found, with the way out where something is wrong. */
export interface Finding {
  readonly state: 'ok' | 'warn' | 'fail'
  readonly text: string
  readonly wayOut?: string
}

export type Check = (context: Context, target: Target) => Promise<readonly Finding[]>

export function ok(text: string): Finding {
  return { state: 'ok', text }
}

export function warn(text: string, wayOut: string): Finding {
  return { state: 'warn', text, wayOut }
}

export function fail(text: string, wayOut: string): Finding {
  return { state: 'fail', text, wayOut }
}
