import { describe, expect, test } from 'vitest'
import { Failure } from '../../../../src/adapters/failure.ts'
import type { Kube } from '../../../../src/adapters/kube.ts'
import { isNamespaceTerminating } from '../../../../src/observe/cluster/namespace.ts'
import { aCluster, type Scene } from '../../../builders/a-cluster.ts'

const deleted = aCluster({ storage: { deletionPolicy: 'Delete' } })
  .withFinalizers('etcd-operator.dev/volumes')
  .deleted()
const terminating = new Failure(
  'rejected',
  'create configmaps: configmaps "x" is forbidden: unable to create new content in namespace ns because it is being terminated (403 Forbidden)',
)

/** What is learned from an API server that answers a rehearsed creation like this, and how often it was asked. */
async function ask({ cluster }: Scene, answer: Failure | 'made') {
  const dryRuns: unknown[] = []
  const create = async (_kind: unknown, object: object, _signal: unknown, options: { dryRun?: boolean } = {}) => {
    dryRuns.push(options.dryRun)
    if (answer !== 'made') throw answer
    return object
  }
  const kube = { create } as unknown as Kube // The one call that is made.
  return { terminating: await isNamespaceTerminating(kube, cluster, new AbortController().signal), dryRuns }
}

describe('a namespace', () => {
  test('is being deleted when the API server takes no new object there', async () => {
    expect(await ask(deleted, terminating)).toEqual({ terminating: true, dryRuns: [true] })
  })

  test('is not when the object could be made, which it never is', async () => {
    expect(await ask(deleted, 'made')).toEqual({ terminating: false, dryRuns: [true] })
  })

  test.each([
    ['a quota refuses it', new Failure('rejected', 'create configmaps: exceeded quota: small (403 Forbidden)')],
    ['the operator may not create anything there any more', new Failure('forbidden', 'User "x" cannot create resource "configmaps"')],
    ['the API server does not answer', new Failure('timeout', 'create configmaps: deadline')],
  ])('is not known to be when %s', async (_, failure) => {
    expect((await ask(deleted, failure)).terminating).toBe(false)
  })

  test('is not asked about while it has no meaning', async () => {
    expect((await ask(aCluster(), 'made')).dryRuns).toEqual([])
    expect((await ask(deleted.withFinalizers(), 'made')).dryRuns).toEqual([])
  })
})
