import { join } from 'node:path'
import { restoringFolder } from '../../model/agent/task.ts'
import { Refusal } from '../refusal.ts'

/** Folders of a restored member's data, before and after the data has been checked. */
export interface DataFolders {
  readonly volume: string
  readonly restoring: string
  readonly target: string
}

/** @throws Refusal `AgentFailed` for a target that is not a plain name: the agent removes that folder with everything in it */
export function dataFolders(volume: string, target: string): DataFolders {
  if (!/^[A-Za-z0-9][-A-Za-z0-9_]*$/.test(target))
    throw new Refusal('AgentFailed', `${JSON.stringify(target)} is not a name for a data folder`)
  return { volume, restoring: join(volume, restoringFolder(target)), target: join(volume, target) }
}
