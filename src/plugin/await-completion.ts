import type { ResourceKind } from '../adapters/kube/object.ts'
import type { EtcdBackup, EtcdRestore } from '../api/backups.ts'
import type { Context, Target } from './command.ts'
import { Problem } from './problem.ts'
import type { Text } from './text.ts'
import { waitFor } from './wait.ts'

/**
 * Follows the phases of an EtcdBackup or EtcdRestore until it is Completed.
 *
 * @param help where a person reads on when it has failed
 * @throws Problem when it has failed, or was deleted or replaced meanwhile
 */
export async function awaitCompletion<T extends EtcdBackup | EtcdRestore>(
  context: Context,
  { kube }: Target,
  kind: ResourceKind<T>,
  { metadata }: T,
  help: Text,
): Promise<NonNullable<T['status']>> {
  const what = `${kind.kind} ${metadata.name}`
  return waitFor(context, what, async () => {
    const seen = await kube.get(kind, metadata, context.signal)
    if (seen?.metadata.uid !== metadata.uid) throw new Problem(`${what} was deleted meanwhile`)
    const { status } = seen
    const told = status?.conditions?.find(({ type }) => type === 'Complete')
    if (status?.phase === 'Failed') throw new Problem(`${what} has failed: ${told?.reason ?? 'no reason'}: ${told?.message ?? ''}`, [help])
    if (status?.phase === 'Completed') return { done: status }
    return { waits: `${status?.phase ?? 'Pending'}: ${told?.message ?? 'the operator has not seen it yet'}` }
  })
}
