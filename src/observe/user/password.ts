import { SECRET, type Secret } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { EtcdUser } from '../../api/etcd-user.ts'
import { shortHash } from '../../model/hash.ts'
import { maxPasswordBytes } from '../../model/user/password.ts'
import type { PasswordSource } from '../../model/user/view.ts'
import { decoded } from './decoded.ts'

export interface PasswordSeen {
  readonly source: PasswordSource
  /** What the Secret of the spec holds, to compare the copy with; it goes nowhere else. */
  readonly text: string | undefined
}

/** Where the password comes from. */
export async function readPassword(kube: Kube, { metadata, spec }: EtcdUser, signal: AbortSignal): Promise<PasswordSeen> {
  const { generate, secretName: name, key = 'password' } = spec.password
  if (name === undefined) return { source: generate ? { from: 'operator' } : { from: 'nowhere' }, text: undefined }
  const secret = await kube.get(SECRET, { namespace: metadata.namespace, name }, signal)
  const where = { from: 'secret', name, key } as const
  const without = (source: PasswordSource) => ({ source, text: undefined })
  if (secret === undefined) return without({ ...where, missing: 'secret' })
  const bytes = Buffer.from(secret.data?.[key] ?? '', 'base64')
  if (secret.data?.[key] === undefined) return without({ ...where, missing: 'key' })
  if (bytes.length === 0) return without({ ...where, missing: 'empty' })
  if (bytes.length > maxPasswordBytes) return without({ ...where, unfit: bytes.length })
  if (!Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes)) return without({ ...where, unfit: 'no-text' })
  return { source: { ...where, version: passwordVersionOf(secret, key) }, text: decoded(secret, key) }
}

/** Another one after every change of the Secret, and for another key. */
export function passwordVersionOf({ metadata: { uid, resourceVersion } }: Secret, key: string): string {
  return `${uid}/${resourceVersion}/${shortHash(key)}`
}
