/** A text of which nothing may be found outside of the Secret that it lies in. */
export interface Canary {
  /** The Secret and its key: what is told when it is found, instead of the text. */
  readonly of: string
  /** Any of these is a find: the text itself, a line of a PEM key, and their base64. */
  readonly needles: readonly string[]
}

interface SecretObject {
  readonly metadata: { readonly name: string }
  readonly data?: Readonly<Record<string, string>>
}

/** The private keys and the passwords of these Secrets. Certificates are public: every handshake shows them. */
export function canariesOf(secrets: readonly SecretObject[]): readonly Canary[] {
  return secrets.flatMap(({ metadata, data = {} }) =>
    Object.entries(data).flatMap(([key, encoded]) => {
      const text = Buffer.from(encoded, 'base64').toString()
      if (!isSecret(key, text)) return []
      const parts = text.includes('PRIVATE KEY') ? bodyOf(text) : [text]
      // Of the base64 of the whole a part from its middle: where it begins, all keys are the same.
      const middle = encoded.slice(encoded.length >> 1).slice(0, 32)
      const needles = [...parts, ...parts.map(base64), ...(middle.length >= 12 ? [middle] : [])].filter((needle) => needle.length >= 8)
      return [{ of: `${metadata.name}/${key}`, needles }]
    }),
  )
}

function isSecret(key: string, text: string): boolean {
  return text.includes('PRIVATE KEY') || key === 'password'
}

/** The lines of a PEM text but the first, which tells the kind of the key and nothing of it, and the last, which may be short. */
function bodyOf(pem: string): readonly string[] {
  const lines = pem.split('\n').filter((line) => line !== '' && !line.startsWith('-----'))
  return lines.length > 2 ? lines.slice(1, -1) : lines.slice(1)
}

/** Without padding: in the middle of a longer text there is none. */
function base64(text: string): string {
  return Buffer.from(text).toString('base64').replace(/=+$/, '')
}

/** Which canaries are found in a place, by their names alone. */
export function findsIn(place: string, text: string, canaries: readonly Canary[]): readonly string[] {
  return canaries.filter(({ needles }) => needles.some((needle) => text.includes(needle))).map(({ of }) => `${of} in ${place}`)
}
