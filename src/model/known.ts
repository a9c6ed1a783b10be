/** A fact that was read, or why it could not be. "Not known" is never the same as "empty" or "absent". */
export type Known<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string }

export function known<T>(value: T): Known<T> {
  return { known: true, value }
}

export function unknown(why: string): Known<never> {
  return { known: false, why }
}

/** Ends an exhaustive switch: the compiler refuses it while a case is missing. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}
