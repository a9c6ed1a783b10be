import { unreachable } from '../../model/known.ts'
import { maxPasswordBytes } from '../../model/user/password.ts'
import type { UserView } from '../../model/user/view.ts'
import { block, type UserDecision } from './step.ts'

export function passwordMissing({ password }: UserView): UserDecision | undefined {
  if (password.from !== 'secret' || 'version' in password) return undefined
  const { name, key } = password
  if ('unfit' in password) {
    const why = password.unfit === 'no-text' ? 'is no UTF-8 text' : `has ${password.unfit} bytes`
    return block(
      'PasswordUnfit',
      `the password in Secret ${name}, key ${key}, ${why}, and etcd takes texts of at most ${maxPasswordBytes} bytes: set another one`,
    )
  }
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
