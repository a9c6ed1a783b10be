import type { Secret } from '../../adapters/kube/kinds.ts'

/** The text of a key of a Secret; empty where the Secret doesn't have it. */
export function decoded({ data }: Secret, key: string): string {
  return Buffer.from(data?.[key] ?? '', 'base64').toString('utf8')
}
