import type { EtcdUser } from '../../api/etcd-user.ts'
import { shortHash } from '../hash.ts'
import type { PasswordSource, SecretFacts } from './view.ts'

/** The version of a random password that nobody knows. */
export const nobodyKnows = 'random'

/** etcd hashes passwords with bcrypt, which takes no more; bytes. */
export const maxPasswordBytes = 72

/** The version of a password that the operator made: a short hash, which tells nothing of 24 random bytes. */
export function generatedVersion(password: string): string {
  return `generated-${shortHash(password)}`
}

export function isGenerated(version: string): boolean {
  return version.startsWith('generated-')
}

/** The password that etcd is to have; undefined while the Secret does not hold it yet. */
export function wishedVersion(password: PasswordSource, secret: SecretFacts | undefined): string | undefined {
  switch (password.from) {
    case 'nowhere':
      return nobodyKnows
    case 'operator':
      return secret?.passwordVersion
    case 'secret':
      return 'version' in password && secret?.passwordVersion === password.version ? password.version : undefined
  }
}

/** Whether etcd had this password when the operator last set or tried it. */
export function isKnownToBeSet({ status }: EtcdUser, version: string): boolean {
  return status?.passwordVersion === version
}
