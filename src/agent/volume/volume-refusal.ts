import type { AgentReason } from '../../api/reasons.ts'
import { messageOf } from '../../model/message-of.ts'
import { Refusal } from '../refusal.ts'

/**
 * An error of a file system call as the reason that a user can act on.
 *
 * @param what the call and its path, for a person: `writing demo/b1.db.part`
 */
export function volumeRefusal(error: unknown, what: string): Refusal {
  if (error instanceof Refusal) return error
  const code = errnoOf(error)
  if (code === undefined) return new Refusal('AgentFailed', `${what}: ${messageOf(error)}`, { cause: error })
  const reason = reasons[code] ?? 'VolumeFailed'
  return new Refusal(reason, `${what}: ${messageOf(error)}${waysOut[reason] ?? ''}`, { cause: error })
}

/** The name of the errno (`ENOENT`), if this is an error of a system call. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error ? error.code : undefined
}

const reasons: Readonly<Record<string, AgentReason>> = {
  ENOSPC: 'VolumeFull',
  EDQUOT: 'VolumeFull',
  EFBIG: 'VolumeFull',
  EROFS: 'VolumeReadOnly',
  EACCES: 'VolumeReadOnly',
  EPERM: 'VolumeReadOnly',
}

const waysOut: Readonly<Partial<Record<AgentReason, string>>> = {
  VolumeFull: ': remove files from the volume or enlarge its claim',
  VolumeReadOnly: ': the volume must be writable for user and group 65532; change its access mode or the owner of the folder',
  VolumeFailed: ': look at the volume and at its storage system',
}
