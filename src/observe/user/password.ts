import { SECRET, type Secret } from '../../adapters/kube/kinds.ts'
import type { Kube } from '../../adapters/kube.ts'
import type { EtcdUser } from '../../api/etcd-user.ts'
import { shortHash } from '../../model/hash.ts'
import type { PasswordSource } from '../../model/user/view.ts'
import { decoded } from './decoded.ts'

/** Where the password comes from; of the password itself nothing but whether it is there. */
export async function readPassword(kube: Kube, { metadata, spec }: EtcdUser, signal: AbortSignal): Promise<PasswordSource> {
  const { generate, secretName: name, key = 'password' } = spec.password
  if (name === undefined) return generate ? { from: 'operator' } : { from: 'nowhere' }
  const secret = await kube.get(SECRET, { namespace: metadata.namespace, name }, signal)
  const where = { from: 'secret', name, key } as const
  if (secret === undefined) return { ...where, missing: 'secret' }
  if (secret.data?.[key] === undefined) return { ...where, missing: 'key' }
  if (decoded(secret, key) === '') return { ...where, missing: 'empty' }
  return { ...where, version: passwordVersionOf(secret, key) }
}

/** Another one after every change of the Secret, and for another key. */
export function passwordVersionOf({ metadata: { uid, resourceVersion } }: Secret, key: string): string {
  return `${uid}/${resourceVersion}/${shortHash(key)}`
}
