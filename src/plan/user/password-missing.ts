import { unreachable } from '../../model/known.ts'
import type { UserView } from '../../model/user/view.ts'
import { block, type UserDecision } from './step.ts'

export function passwordMissing({ password }: UserView): UserDecision | undefined {
  if (password.from !== 'secret' || !('missing' in password)) return undefined
  const { name, key } = password
  switch (password.missing) {
    case 'secret':
      return block('PasswordMissing', `there is no Secret ${name}, which spec.password names: create it with the password as key ${key}`)
    case 'key':
      return block('PasswordMissing', `Secret ${name} has no key ${key}: set it, or spec.password.key`)
    case 'empty':
      return block('PasswordMissing', `the password in Secret ${name}, key ${key}, is empty: set it`)
    default:
      return unreachable(password.missing)
  }
}
