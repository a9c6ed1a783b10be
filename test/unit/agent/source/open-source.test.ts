import { describe, expect, test } from 'vitest'
import type { SnapshotSource } from '../../../../src/adapters/etcd/snapshot-source.ts'
import { Failure } from '../../../../src/adapters/failure.ts'
import { openSource } from '../../../../src/agent/source/open-source.ts'
import { aCutOffSource, aSilentSource, aSource } from '../a-source.ts'

/** Opens the best of these members; they are demo-0, demo-1 and so on. */
function openAmong(...sources: readonly SnapshotSource[]) {
  const endpoints = sources.map((_, index) => ({ member: `demo-${index}`, url: `http://demo-${index}:2379` }))
  return openSource({ clusterId: '7c1e0b', endpoints }, (url) => sources[endpoints.findIndex((one) => one.url === url)] ?? aSilentSource())
}

/** As etcd answers without a user, once its authentication is on. */
function aSourceWithAuthentication(call: 'status' | 'confirm' = 'confirm'): SnapshotSource {
  const refuse = async (): Promise<never> => {
    throw new Failure('forbidden', 'read of http://demo-0:2379: etcdserver: user name is empty')
  }
  return { ...aSource(), [call]: refuse }
}

describe('a source', () => {
  test('is a member that a majority stands behind', async () => {
    expect(await openAmong(aCutOffSource(), aSource({ revision: '9' }))).toMatchObject({ member: 'demo-1', revision: '9' })
  })

  test('is none when no member has a majority, with what speaks against each', async () => {
    await expect(openAmong(aCutOffSource(), aSilentSource())).rejects.toMatchObject({
      reason: 'NoHealthyMember',
      message: 'no member has a majority behind it: demo-0: no majority',
    })
  })

  test('is none when etcd asks for a user, and nothing is said of majorities', async () => {
    for (const source of [aSourceWithAuthentication('status'), aSourceWithAuthentication('confirm')]) {
      const refusal = await openAmong(source, aSource()).catch((error: unknown) => error)
      expect(refusal).toMatchObject({
        reason: 'AuthenticationEnabled',
        message: expect.stringMatching(/etcdctl --user=root auth disable; demo-0: .*user name is empty/),
      })
    }
  })
})

test('the connections that are not used are closed, and all of them when none is', async () => {
  const closed: string[] = []
  const noting = (name: string, source: SnapshotSource) => ({ ...source, close: () => void closed.push(name) })
  await openAmong(noting('used', aSource()), noting('unused', aSource()))
  expect(closed).toEqual(['unused'])
  await openAmong(noting('refused', aSourceWithAuthentication()), noting('not asked', aSource())).catch(() => undefined)
  expect(closed).toEqual(['unused', 'refused', 'not asked'])
})
