import { randomBytes } from 'node:crypto'

/** A text that nobody can guess, of so many random bytes; letters, digits, `-` and `_`. */
export function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}
