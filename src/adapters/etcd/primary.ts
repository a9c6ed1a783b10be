/** The calls that etcd3 serves well. It keeps no status code and takes no AbortSignal, which is harmless for reads. */
import type { Etcd3, IAlarmResponse, IMemberListResponse } from 'etcd3'
import type { Limits } from './maintenance.ts'

export const primary = {
  /** Linearizable: the answer proves that a majority agreed on it just now. */
  memberList: (client: Etcd3, limits: Limits): Promise<IMemberListResponse> =>
    limited(limits, (options) => client.cluster.memberList({ linearizable: true }, options)),

  /** An alarm that isn't raised is no error. */
  disarm: (client: Etcd3, memberID: string, alarm: 'Nospace' | 'Corrupt', limits: Limits): Promise<IAlarmResponse> =>
    limited(limits, (options) => client.maintenance.alarm({ action: 'Deactivate', memberID, alarm }, options)),
}

/** Rejects when the signal fires; the call itself ends by its deadline, unheard. */
async function limited<T>({ deadlineMs, signal }: Limits, call: (options: { deadline: number }) => Promise<T>): Promise<T> {
  signal?.throwIfAborted()
  const answer = call({ deadline: Date.now() + deadlineMs })
  if (signal === undefined) return answer

  const given = Promise.withResolvers<never>()
  const giveUp = () => given.reject(signal.reason)
  signal.addEventListener('abort', giveUp, { once: true })
  return Promise.race([answer, given.promise]).finally(() => signal.removeEventListener('abort', giveUp))
}
