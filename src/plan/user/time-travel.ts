import type { UserView } from '../../model/user/view.ts'
import { block, type UserDecision } from './step.ts'

export function timeTravel({ user, setBackFrom }: UserView): UserDecision | undefined {
  if (setBackFrom === undefined) return undefined
  return block(
    'TimeTravel',
    `the API server shows generation ${user.metadata.generation} of this EtcdUser, and generation ${setBackFrom} was seen before: the API server was set back, and the spec may be outdated; change the spec in any way to confirm it`,
  )
}
