import type { Etcd } from '../../adapters/etcd/calls.ts'
import { isOurs, listed, podOf } from '../../model/cluster/members.ts'
import { versionChange } from '../../model/cluster/version-change.ts'
import { whatHolds } from '../../model/cluster/version-gates.ts'
import type { ClusterView, StoredMembers } from '../../model/cluster/view.ts'
import { type Known, known, unknown } from '../../model/known.ts'
import { endpointOf } from '../../model/names.ts'
import type { Comparing } from './comparison.ts'
import { attempt } from './members.ts'
import { processOf } from './silent-members.ts'

/** Reads the members that each member has stored, if the version change waits for that and for nothing else. */
export async function withStoredMembers(etcd: Etcd, view: ClusterView, reading: Comparing<StoredMembers>): Promise<ClusterView> {
  const change = versionChange(view)
  if (change.kind !== 'up' || whatHolds(view, change)?.on !== 'stored-members') return view
  const members = listed(view).filter(isOurs)
  // Another process, or another list, is another question.
  const question = members.map(({ id, name, isLearner }) => `${id} ${isLearner} ${processIn(view, name)}`).join(', ')
  return { ...view, storedMembers: await reading(question, (signal) => readAll(etcd, view, signal)) }
}

function processIn(view: ClusterView, name: string): string {
  const pod = podOf(view, name)
  return pod === undefined ? '' : processOf(pod)
}

/** One after the other: each member sends its database, which takes its network and its disk. */
async function readAll(etcd: Etcd, view: ClusterView, signal: AbortSignal): Promise<Known<StoredMembers>> {
  const all = new Map<string, Awaited<ReturnType<Etcd['storedMembers']>>>()
  for (const { name, id } of listed(view).filter(isOurs)) {
    const pod = podOf(view, name)
    if (pod?.ip === undefined) return unknown(`${name} can't be reached`)
    const endpoint = endpointOf(view.cluster, pod)
    const status = await attempt(() => etcd.status(endpoint, { signal }))
    if (!status.known) return status
    if (status.value.memberId !== id) return unknown(`${name} answers as member ${status.value.memberId}`)
    const rows = await attempt(() => etcd.storedMembers(endpoint, { signal }))
    if (!rows.known) return rows
    all.set(name, rows.value)
  }
  return known(all)
}
