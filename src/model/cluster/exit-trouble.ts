import type { Trouble } from '../pod-start.ts'
import type { ExitCause } from './exit-cause.ts'

/** Why a member's process ended, with the way out; the message begins with the member's name. `words`: etcd's own last words. */
export function exitTrouble(member: string, claim: string, cause: ExitCause, words: string): Trouble {
  const [reason, message] = wordings(claim, words)[cause] ?? ['CrashLooping', `exits again and again: ${words}`]
  return { reason, message: `${member} ${message}` }
}

type Wording = readonly [reason: Trouble['reason'], message: string]

/** The causes that have a way out of their own; of all others a person reads etcd's words. */
function wordings(claim: string, words: string): Partial<Record<ExitCause, Wording>> {
  return {
    'bad-option': ['OptionRefused', `does not start, because etcd refuses a setting: ${words}; correct spec.etcd, extraArgs above all`],
    'volume-full': [
      'VolumeFull',
      `can't write, because its volume is full: ${words}. Its data is whole: raise spec.storage.size where the StorageClass of ${claim} can expand volumes, which needs no majority; or free room on the disk`,
    ],
    'no-access': [
      'VolumeReadOnly',
      `may not open its data: ${words}. The files on ${claim} have to belong to user and group 65532, which the pod runs as`,
    ],
    'read-only': [
      'VolumeReadOnly',
      `can't write, because the disk of ${claim} is read-only: ${words}. The kernel mounts it so after errors of the disk: look at the node's log and at the storage, and delete the pod when it is repaired`,
    ],
    'io-error': ['VolumeFailed', `can't read or write ${claim}: ${words}; look at the node's log and at the storage`],
    'newer-data': [
      'NewerVersion',
      `does not start, because a newer minor version of etcd has written its data: ${words}; set spec.version to that version`,
    ],
    'older-data': [
      'VersionTooOld',
      `does not start, because its data was written by an etcd more than one minor version older: ${words}; go up by one minor version at a time`,
    ],
    'out-of-memory': [
      'OutOfMemory',
      'was killed, because it took more memory than it may: raise spec.pod.resources.limits.memory, or make the database smaller',
    ],
    'address-in-use': [
      'CrashLooping',
      `can't listen: ${words}; another process in the network of the pod has one of the ports 2379, 2380 and 2381`,
    ],
    left: [
      'CrashLooping',
      'exits again and again without an error: something ends it, such as a probe, or etcd does not list it any more under the ID of its data',
    ],
    'set-back': [
      'CrashLooping',
      `does not start, because the leader remembers more of its log than ${claim} holds: ${words}. If that stays so at the next start, its volume was set back`,
    ],
    corrupt: ['CrashLooping', `can't read its log or its database: ${words}. If that stays so at the next start, ${claim} is damaged`],
    emptied: ['VolumeLost', `has an empty log, and the leader remembers what it had acknowledged: no restart helps`],
  }
}
