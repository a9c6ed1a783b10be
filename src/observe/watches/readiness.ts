import type { Scope } from './scopes.ts'

/** Whether the operator can work, with notes for people; for /readyz. */
export interface Readiness {
  readonly ok: boolean
  /** One line each. */
  readonly notes: readonly string[]
}

/** Ready once each namespace was read or refused: a deleted namespace, which can't be read any more, must not hold up the others. */
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
