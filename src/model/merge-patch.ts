/** A merge patch (RFC 7396) that leaves a stored object these top-level fields and no others: what has gone is set to null. */
export function mergePatchTo(stored: object | undefined, wished: object): Readonly<Record<string, unknown>> {
  const gone = Object.keys(stored ?? {}).filter((field) => !(field in wished))
  return { ...Object.fromEntries(gone.map((field) => [field, null])), ...wished }
}
