import type { WholeCa } from './uses.ts'

/** The value of the annotation `rotate-ca` for a CA whose key may be in other hands; noted after the second exchange of a revocation. */
export const revoke = 'revoke'
/** Noted after the first of the two exchanges of a revocation. */
export const halfRevoked = 'revoke, first'
/** Noted when no process trusts a revoked CA any more. */
export const revoked = 'revoke, done'

/** Whether the CA was exchanged, or is to be (`asked`), because its key may be in other hands. */
export function isRevoking({ rotation }: Pick<WholeCa, 'rotation'>, asked?: string): boolean {
  return [rotation, asked].some((one) => one === revoke || one === halfRevoked)
}
