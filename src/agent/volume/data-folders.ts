import { join } from 'node:path'
import { restoringFolder } from '../../model/agent/task.ts'
import { Refusal } from '../refusal.ts'

/** Where a restored member's data lies, before and after it has been checked. */
export interface DataFolders {
  readonly volume: string
  readonly restoring: string
  readonly target: string
}

/** @throws Refusal `AgentFailed` for a target that is no plain name: it is removed with all that is in it */
export function dataFolders(volume: string, target: string): DataFolders {
  if (!/^[A-Za-z0-9][-A-Za-z0-9_]*$/.test(target))
    throw new Refusal('AgentFailed', `${JSON.stringify(target)} is no name of an incarnation`)
  return { volume, restoring: join(volume, restoringFolder(target)), target: join(volume, target) }
}
