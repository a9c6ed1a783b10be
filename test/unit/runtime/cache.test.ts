import { expect, test } from 'vitest'
import { Store } from '../../../src/runtime/cache.ts'

interface Thing {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string; readonly resourceVersion: string }
  readonly owner: string | undefined
}

function aThing(namespace: string, name: string, version: number, owner?: string, uid = `uid-${namespace}-${name}`): Thing {
  return { metadata: { namespace, name, uid, resourceVersion: String(version) }, owner }
}

function aStore() {
  const changes: string[] = []
  const store = new Store<Thing>(
    ({ owner }) => owner,
    (object, old) => changes.push(`${object?.metadata.uid ?? '-'} ${old?.metadata.uid ?? '-'}`),
  )
  return { store, changes }
}

const names = (things: readonly Thing[]) => things.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)

test('finds the objects of a namespace without looking at any other', () => {
  const { store } = aStore()
  store.replace([aThing('a', 'one', 1), aThing('b', 'two', 2), aThing('a', 'three', 3)])
  expect(names(store.list('a'))).toEqual(['a/one', 'a/three'])
  expect(names(store.list())).toEqual(['a/one', 'a/three', 'b/two'])
  expect(store.list('c')).toEqual([])
  expect(store.size).toBe(3)
  store.remove(aThing('b', 'two', 4))
  expect(store.size).toBe(2)
  expect(store.get('b', 'two')).toBeUndefined()
})

test('hands out the same array for an owner until one of its objects changes, comes, goes or gets another owner', () => {
  const { store } = aStore()
  store.replace([aThing('a', 'one', 1, 'x'), aThing('a', 'two', 2, 'x'), aThing('a', 'other', 3, 'y')])
  const first = store.ownedBy('x')
  store.put(aThing('a', 'other', 4, 'y'))
  store.put(aThing('a', 'one', 1, 'x'))
  expect(store.ownedBy('x')).toBe(first)

  store.put(aThing('a', 'one', 5, 'x'))
  expect(store.ownedBy('x').map(({ metadata }) => metadata.resourceVersion)).toEqual(['5', '2'])
  store.put(aThing('a', 'new', 6, 'x'))
  expect(names(store.ownedBy('x'))).toEqual(['a/one', 'a/two', 'a/new'])
  store.remove(aThing('a', 'two', 7))
  expect(names(store.ownedBy('x'))).toEqual(['a/one', 'a/new'])
  store.put(aThing('a', 'one', 8, 'y'))
  expect(names(store.ownedBy('x'))).toEqual(['a/new'])
  expect(names(store.ownedBy('y'))).toEqual(['a/other', 'a/one'])
  store.put(aThing('a', 'new', 9))
  expect(store.ownedBy('x')).toEqual([])
})

test('objects of one name in two namespaces and one owner are two', () => {
  const { store } = aStore()
  store.replace([aThing('a', 'same', 1, 'x'), aThing('b', 'same', 2, 'x')])
  expect(names(store.ownedBy('x'))).toEqual(['a/same', 'b/same'])
})

test('a namesake of another uid is a deletion and an addition', () => {
  const { store, changes } = aStore()
  store.replace([aThing('a', 'one', 1, 'x')])
  store.put(aThing('a', 'one', 2, 'y', 'uid-new'))
  expect(changes).toEqual(['uid-a-one -', '- uid-a-one', 'uid-new -'])
  expect(store.ownedBy('x')).toEqual([])
  expect(names(store.ownedBy('y'))).toEqual(['a/one'])
  expect(store.size).toBe(1)
})

test('a list does not take back what was written while it was read, unless the server was set back', () => {
  const { store } = aStore()
  store.replace([aThing('a', 'changed', 1), aThing('a', 'deleted', 2)], '10')
  store.putNewer(aThing('a', 'changed', 15))
  store.putNewer(aThing('a', 'made', 16))
  store.replace([aThing('a', 'changed', 11)], '12')
  expect(store.list().map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`)).toEqual(['changed 15', 'made 16'])
  store.replace([aThing('a', 'changed', 3)])
  expect(store.list().map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`)).toEqual(['changed 3'])
})
