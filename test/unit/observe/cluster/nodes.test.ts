import { describe, expect, test } from 'vitest'
import type { Etcd } from '../../../../src/adapters/etcd/calls.ts'
import { Failure } from '../../../../src/adapters/failure.ts'
import type { Kube } from '../../../../src/adapters/kube.ts'
import { known } from '../../../../src/model/known.ts'
import { withNodes } from '../../../../src/observe/cluster/nodes.ts'
import { aCluster, idOf, now, type Scene } from '../../../builders/a-cluster.ts'

const silent = aCluster().running().silent('demo-1').withPod('demo-1', { node: 'n3', ready: false })
const never = new AbortController().signal
const unready = (at: string) => ({
  metadata: { name: 'n3', creationTimestamp: '2026-01-01T00:00:00Z' },
  status: {
    conditions: [
      { type: 'DiskPressure', status: 'False' },
      { type: 'Ready', status: 'Unknown', lastTransitionTime: at },
    ],
  },
})

describe('the nodes of silent members', () => {
  /** The names that were read, and what was seen. */
  async function seen(view: Scene, node: () => Promise<unknown>, page: () => Promise<unknown> = never404) {
    const read: string[] = []
    const kube = {
      get: (_kind: unknown, { name }: { name: string }) => {
        read.push(name)
        return node()
      },
    } as unknown as Kube
    const { nodes, heardByLeader } = await withNodes(kube, { raftStatus: page } as unknown as Etcd, view, never)
    return { read, nodes, heardByLeader }
  }
  const never404 = () => Promise.reject(new Error('asked for the metrics page'))

  test('are not read while every member answers', async () => {
    expect((await seen(aCluster().running(), never404)).read).toEqual([])
  })

  test('are ready, and then the leader is not asked', async () => {
    const ready = { metadata: { name: 'n3' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } }
    const { read, nodes, heardByLeader } = await seen(silent, async () => ready)
    expect(read).toEqual(['n3'])
    expect(nodes.get('n3')).toEqual(known({ state: 'ready' }))
    expect(heardByLeader.known).toBe(false)
  })

  test('are not ready since their condition changed', async () => {
    const { nodes } = await seen(silent, async () => unready('2026-11-21T09:58:00Z'))
    expect(nodes.get('n3')).toEqual(known({ state: 'not-ready', since: now - 120_000 }))
  })

  const gone = silent.remembering({ unreadySince: new Map([['n3', silent.monotonicMs - 5 * 60_000]]) })

  test('that have been gone for long make the operator ask the leader with whom it is connected', async () => {
    const { nodes, heardByLeader } = await seen(
      gone,
      async () => undefined,
      async () => ({ connectedTo: [idOf('demo-2')] }),
    )
    expect(nodes.get('n3')).toEqual(known({ state: 'absent' }))
    expect(heardByLeader).toEqual(known(new Set([idOf('demo-2')])))
  })

  test('whose leader does not answer are not known to be lost', async () => {
    const { heardByLeader } = await seen(
      gone,
      async () => undefined,
      () => Promise.reject(new Failure('timeout', 'no answer')),
    )
    expect(heardByLeader).toMatchObject({ known: false, why: 'no answer' })
  })

  test('that the operator may not read are not known', async () => {
    const { nodes } = await seen(silent, () => Promise.reject(new Failure('forbidden', 'nodes "n3" is forbidden')))
    expect(nodes.get('n3')).toMatchObject({ known: false, cause: 'forbidden' })
  })
})
