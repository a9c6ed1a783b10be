import { expect, test } from 'vitest'
import { PERSISTENT_VOLUME_CLAIM, POD } from '../../../../src/adapters/kube/kinds.ts'
import type { KubeObject, ResourceKind } from '../../../../src/adapters/kube/object.ts'
import { readClusterObjects } from '../../../../src/observe/cluster/objects.ts'
import type { ObjectReader } from '../../../../src/observe/watches/reader.ts'
import { anEtcdCluster } from '../../../builders/a-cluster.ts'
import { fakeKube } from '../../act/fake-kube.ts'

/** A cache that gives the objects in the order in which it heard of them. */
function readerOf(objects: ReadonlyMap<ResourceKind<KubeObject>, readonly string[]>): ObjectReader {
  return {
    get: async () => undefined,
    async ofCluster<T extends KubeObject>(kind: ResourceKind<T>) {
      const names = objects.get(kind as unknown as ResourceKind<KubeObject>) ?? []
      return names.map((name) => ({ metadata: { name } }) as T)
    },
  }
}

test('pods and volumes stand by their ordinals, in whatever order they were heard of', async () => {
  const reader = readerOf(
    new Map<ResourceKind<KubeObject>, readonly string[]>([
      [POD, ['demo-10', 'demo-1', 'demo-2']],
      [PERSISTENT_VOLUME_CLAIM, ['data-demo-10', 'data-demo-2', 'data-demo-0', 'data-demo-1']],
    ]),
  )
  const { pods, volumes } = await readClusterObjects(fakeKube().kube, reader, anEtcdCluster(), new AbortController().signal)
  expect(pods.map(({ metadata }) => metadata.name)).toEqual(['demo-1', 'demo-2', 'demo-10'])
  expect(volumes.map(({ metadata }) => metadata.name)).toEqual(['data-demo-0', 'data-demo-1', 'data-demo-2', 'data-demo-10'])
})
