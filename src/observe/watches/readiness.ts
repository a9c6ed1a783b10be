import type { Scope } from './scopes.ts'

/** Whether the operator can work, and what a person should know besides; for /readyz. */
export interface Readiness {
  readonly ok: boolean
  /** A line each. */
  readonly notes: readonly string[]
}

/** Ready once each namespace was read or refused: one that is gone, with the operator's rights in it, must not hold up the others. */
export function readinessOf(scopes: readonly Scope[]): Readiness {
  const ok = scopes.some(({ state }) => state === 'read') && scopes.every(({ state }) => state !== 'reading')
  return { ok, notes: scopes.flatMap(noteOf) }
}

function noteOf({ namespace, state, refusal }: Scope): readonly string[] {
  const where = namespace === undefined ? 'all namespaces' : `namespace ${namespace}`
  switch (state) {
    case 'read':
      return []
    case 'reading':
      return [`${where}: the caches are not filled yet`]
    case 'refused':
      return [`${where}: not looked after, because reading it was refused: ${refusal}`]
  }
}
