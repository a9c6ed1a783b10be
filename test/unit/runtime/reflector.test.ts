import { describe, expect, test } from 'vitest'
import { type ReflectorOptions, startReflector } from '../../../src/runtime/reflector.ts'
import { FakeCollection, type Thing } from './fake-collection.ts'
import { recordedLog, VirtualClock } from './virtual-clock.ts'

function aReflector(collection: FakeCollection, options: Partial<ReflectorOptions<Thing>> = {}) {
  const clock = new VirtualClock()
  const log = recordedLog()
  const changes: string[] = []
  const onChange = (object: Thing | undefined, old: Thing | undefined) => {
    const what = object === undefined ? 'deleted' : old === undefined ? 'added' : 'changed'
    changes.push(`${what} ${(object ?? old)?.metadata.name} ${(object ?? old)?.metadata.uid}`)
  }
  const stop = new AbortController()
  const { list, watch } = collection
  const reflector = startReflector<Thing>(
    { name: 'things', list, watch, onChange, ownerOf: (thing) => thing.owner, clock, log, ...options },
    stop.signal,
  )
  return { clock, log, changes, stop, reflector, names: () => reflector.cache.list().map((thing) => thing.metadata.name) }
}

async function* nothing(): AsyncGenerator<never> {}

test('lists, then follows the watch', async () => {
  const things = new FakeCollection()
  things.set('a')
  const { clock, changes, names, reflector } = aReflector(things)
  expect(reflector.cache.synced).toBe(false)
  await reflector.synced
  expect(reflector.cache.synced).toBe(true)
  things.set('b')
  things.set('a')
  things.remove('b')
  await clock.advance(0)
  expect(changes).toEqual(['added a uid-1', 'added b uid-2', 'changed a uid-1', 'deleted b uid-2'])
  expect(names()).toEqual(['a'])
  expect(things).toMatchObject({ lists: 1, watches: 1 })
})

test('finds objects by name and by owner, also after the owner has changed', async () => {
  const things = new FakeCollection()
  things.set('a', 'x')
  things.set('b', 'x')
  const { clock, reflector } = aReflector(things)
  await clock.advance(0)
  const ownedBy = (owner: string) => reflector.cache.ownedBy(owner).map((thing) => thing.metadata.name)
  expect(reflector.cache.get('ns', 'a')?.owner).toBe('x')
  expect(reflector.cache.get('elsewhere', 'a')).toBeUndefined()
  expect(reflector.cache.list('elsewhere')).toEqual([])
  expect(ownedBy('x')).toEqual(['a', 'b'])
  things.set('a', 'y')
  things.remove('b')
  await clock.advance(0)
  expect(ownedBy('x')).toEqual([])
  expect(ownedBy('y')).toEqual(['a'])
})

test('a watch that the server ends is opened again from the last version, without a list', async () => {
  const things = new FakeCollection()
  things.set('a')
  const { clock, changes } = aReflector(things)
  await clock.advance(50_000)
  things.disturb('end')
  await clock.advance(0)
  things.set('b')
  await clock.advance(0)
  expect(changes).toEqual(['added a uid-1', 'added b uid-2'])
  expect(things).toMatchObject({ lists: 1, watches: 2 })
})

test('a bookmark moves the version, so that a quiet collection need not be listed again', async () => {
  const things = new FakeCollection()
  things.set('a')
  const { clock } = aReflector(things)
  await clock.advance(0)
  things.bookmark()
  await clock.advance(0)
  things.compact()
  things.disturb('end')
  await clock.advance(5_000)
  expect(things).toMatchObject({ lists: 1, watches: 2, openWatches: 1 })
})

test('a version that is too old leads to a list, and what was missed comes as changes', async () => {
  const things = new FakeCollection()
  things.set('kept')
  things.set('changed')
  things.set('deleted')
  const { clock, changes, log } = aReflector(things)
  await clock.advance(30_000)
  things.disturb('silence')
  things.remove('deleted')
  things.set('changed')
  things.set('new')
  things.compact()
  changes.length = 0
  await clock.advance(700_000)
  expect(changes.sort()).toEqual(['added new uid-4', 'changed changed uid-2', 'deleted deleted uid-3'])
  expect(things.lists).toBe(2)
  expect(log.lines.some((line) => line.level === 'error')).toBe(false)
})

test('an object that was deleted and created again while nobody watched is a deletion and an addition', async () => {
  const things = new FakeCollection()
  things.set('a', 'x')
  const { clock, changes, reflector } = aReflector(things)
  await clock.advance(0)
  things.disturb('silence')
  things.remove('a')
  things.set('a', 'x')
  things.compact()
  await clock.advance(700_000)
  expect(changes).toEqual(['added a uid-1', 'deleted a uid-1', 'added a uid-2'])
  expect(reflector.cache.ownedBy('x').map((thing) => thing.metadata.uid)).toEqual(['uid-2'])
})

test('the late deletion of an older object of that name leaves the new one alone', async () => {
  const things = new FakeCollection()
  things.set('a')
  const { clock, reflector } = aReflector(things, {
    watch: async function* () {
      yield { type: 'added', object: { metadata: { name: 'a', namespace: 'ns', uid: 'uid-2', resourceVersion: '900' } } }
      yield { type: 'deleted', object: { metadata: { name: 'a', namespace: 'ns', uid: 'uid-1', resourceVersion: '901' } } }
    },
  })
  await clock.advance(0)
  expect(reflector.cache.get('ns', 'a')?.metadata.uid).toBe('uid-2')
})

test('a connection that falls silent is given up a minute and a half after the last bookmark, and the old cache serves on until then', async () => {
  const things = new FakeCollection()
  things.set('a')
  const { clock, names, log, reflector } = aReflector(things)
  await clock.advance(60_000)
  things.bookmark()
  await clock.advance(0)
  things.disturb('silence')
  things.set('b')
  await clock.advance(89_000)
  expect(names()).toEqual(['a'])
  expect(reflector.silentMs()).toBe(89_000)
  await clock.advance(2_000)
  expect(names()).toEqual(['a', 'b'])
  expect(things).toMatchObject({ lists: 1, watches: 2, openWatches: 1 })
  expect(log.lines).toContainEqual(expect.objectContaining({ level: 'warn', message: 'watch interrupted' }))
})

test('a server that has not shown that it sends bookmarks may be silent for as long as a watch lasts', async () => {
  const things = new FakeCollection()
  things.set('a')
  const { clock, names } = aReflector(things)
  await clock.advance(600_000)
  things.disturb('end')
  await clock.advance(0)
  expect(things).toMatchObject({ lists: 1, watches: 2 })
  things.disturb('silence')
  things.set('b')
  await clock.advance(659_000)
  expect(names()).toEqual(['a'])
  await clock.advance(2_000)
  expect(names()).toEqual(['a', 'b'])
})

test('a server that stops sending bookmarks is asked once more, and then given time', async () => {
  const things = new FakeCollection()
  const { clock } = aReflector(things)
  await clock.advance(60_000)
  things.bookmark()
  await clock.advance(600_000)
  expect(things).toMatchObject({ lists: 1, watches: 2 })
})

test('bookmarks keep a quiet watch alive', async () => {
  const things = new FakeCollection()
  const { clock } = aReflector(things)
  for (let minute = 0; minute < 10; minute++) {
    await clock.advance(60_000)
    things.bookmark()
  }
  expect(things).toMatchObject({ lists: 1, watches: 1 })
})

describe('a server that was set back to an earlier copy of its data', () => {
  /** The watch has reached a version that the restored server only reaches much later. */
  async function afterSettingBack(options: Partial<ReflectorOptions<Thing>> = {}) {
    const things = new FakeCollection()
    things.set('kept', 'x')
    const copy = things.copy()
    things.set('forgotten', 'x')
    for (let i = 0; i < 100; i++) things.set('kept', 'x')
    const world = aReflector(things, options)
    await world.clock.advance(20_000)
    things.setBack(copy)
    things.disturb('end')
    await world.clock.advance(2_000)
    expect(world.names()).toEqual(['kept', 'forgotten'])
    return { things, ...world }
  }

  test('is noticed by the next list', async () => {
    const { clock, names, things, log } = await afterSettingBack({ relistMs: 900_000 })
    await clock.advance(900_000)
    things.disturb('end')
    await clock.advance(0)
    expect(names()).toEqual(['kept'])
    things.set('new', 'x')
    await clock.advance(0)
    expect(names()).toEqual(['kept', 'new'])
    expect(log.lines.map(({ message }) => message)).toContain('the list has an older version than before: the API server was set back')
  })

  test('is noticed by a write of our own, whose version is older than what the watch had reached', async () => {
    const { clock, names, reflector } = await afterSettingBack()
    reflector.beforeWrite()(written('kept', 'uid-1', 102))
    await clock.advance(0)
    expect(names()).toEqual(['kept'])
  })

  test('is noticed by a bookmark', async () => {
    const things = new FakeCollection()
    things.set('a')
    const { clock } = aReflector(things, {
      watch: async function* () {
        things.watches++
        yield { type: 'bookmark', resourceVersion: '400' }
        if (things.watches === 1) yield { type: 'bookmark', resourceVersion: '300' }
      },
    })
    await clock.advance(500)
    expect(things.lists).toBe(2)
  })

  test('is listed at once when somebody else has noticed it', async () => {
    const { clock, names, reflector } = await afterSettingBack()
    reflector.relist('the Lease has an older version than before')
    await clock.advance(0)
    expect(names()).toEqual(['kept'])
  })

  test('is not suspected when a write changes nothing, or when the watch is quicker than its answer', async () => {
    const things = new FakeCollection()
    things.set('a', 'x')
    things.set('b', 'x')
    const { clock, reflector } = aReflector(things)
    await clock.advance(0)
    reflector.beforeWrite()(written('a', 'uid-1', 101))
    const note = reflector.beforeWrite()
    things.set('b', 'x')
    things.set('b', 'x')
    await clock.advance(0)
    note(written('b', 'uid-2', 103))
    await clock.advance(0)
    expect(things).toMatchObject({ lists: 1, watches: 1 })
  })
})

describe('what may not be read', () => {
  const refusalOf = (error: unknown) => (error instanceof Error && error.message.startsWith('forbidden') ? error.message : undefined)

  test('is told, with every change of it, and asked for again', async () => {
    const things = new FakeCollection()
    things.listFailures.push(new Error('ECONNREFUSED'), new Error('forbidden: pods'), new Error('ECONNREFUSED'))
    const states: (string | undefined)[] = []
    const { clock, reflector } = aReflector(things, { refusalOf, onState: () => states.push(reflector.refusal()) })
    await clock.advance(400)
    expect(reflector.refusal()).toBeUndefined()
    await clock.advance(400)
    expect(reflector.refusal()).toBe('forbidden: pods')
    expect(reflector.cache.synced).toBe(false)
    await clock.advance(60_000)
    expect(reflector.refusal()).toBeUndefined()
    expect(reflector.cache.synced).toBe(true)
    expect(states).toEqual(['forbidden: pods', undefined])
  })

  test('is listed, not only watched, when it may be read again', async () => {
    const things = new FakeCollection()
    things.set('a')
    const { clock, reflector, names } = aReflector(things, { refusalOf })
    await clock.advance(5_000)
    things.watchFailures.push(new Error('forbidden: pods'))
    things.listFailures.push(new Error('forbidden: pods'))
    things.disturb('end')
    await clock.advance(0)
    expect(reflector.refusal()).toBe('forbidden: pods')
    expect(names()).toEqual(['a'])
    await clock.advance(10_000)
    expect(reflector.refusal()).toBeUndefined()
    expect(things).toMatchObject({ lists: 3, openWatches: 1 })
  })
})

test('a connection that is reset is opened again after a short pause', async () => {
  const things = new FakeCollection()
  const { clock, names } = aReflector(things)
  await clock.advance(0)
  things.disturb(new Error('ECONNRESET'))
  things.set('a')
  await clock.advance(499)
  expect(names()).toEqual([])
  await clock.advance(1)
  expect(names()).toEqual(['a'])
})

test('a server that is away is asked less and less often, for ever, and found again', async () => {
  const things = new FakeCollection()
  things.set('a')
  things.listFailures.push(...Array.from({ length: 40 }, () => new Error('ECONNREFUSED')))
  const { clock, reflector, names } = aReflector(things)
  await clock.advance(600_000)
  expect(things.lists).toBeGreaterThan(20)
  expect(things.lists).toBeLessThan(30)
  expect(reflector.cache.synced).toBe(false)
  await clock.advance(600_000)
  expect(names()).toEqual(['a'])
})

test('waits as long as the server asks for', async () => {
  const things = new FakeCollection()
  const busy = () => Object.assign(new Error('429'), { retryAfterMs: 7_000 })
  things.listFailures.push(busy())
  things.watchFailures.push(busy())
  const { clock } = aReflector(things)
  await clock.advance(6_999)
  expect(things.lists).toBe(1)
  await clock.advance(1)
  expect(things).toMatchObject({ lists: 2, watches: 1 })
  await clock.advance(6_999)
  expect(things.watches).toBe(1)
  await clock.advance(1)
  expect(things.watches).toBe(2)
})

test('a server that ends each watch at once is not asked in a hot loop', async () => {
  const things = new FakeCollection()
  const { clock, reflector } = aReflector(things, {
    watch: () => {
      things.watches++
      return nothing()
    },
  })
  await clock.advance(60_000)
  expect(things.watches).toBeLessThan(12)
  expect(reflector.cache.synced).toBe(true)
})

test('a server whose versions are always too old is not listed in a hot loop', async () => {
  const things = new FakeCollection()
  const { clock } = aReflector(things, {
    watch: async function* () {
      yield { type: 'expired' }
    },
  })
  await clock.advance(60_000)
  expect(things.lists).toBeLessThan(12)
})

test('a handler that throws is logged and changes nothing else', async () => {
  const things = new FakeCollection()
  things.set('a')
  const { clock, names, log } = aReflector(things, {
    onChange: () => {
      throw new Error('handler')
    },
  })
  await clock.advance(0)
  things.set('b')
  await clock.advance(0)
  expect(names()).toEqual(['a', 'b'])
  expect(log.lines.filter((line) => line.message === 'change handler failed')).toHaveLength(2)
  expect(things).toMatchObject({ lists: 1, watches: 1 })
})

test('lists again now and then where that is wished, to make up for events that never came', async () => {
  const things = new FakeCollection()
  things.set('a')
  const { clock, names } = aReflector(things, { relistMs: 600_000 })
  await clock.advance(0)
  things.set('hidden')
  things.disturb('end')
  for (let elapsedMs = 0; elapsedMs < 700_000; elapsedMs += 50_000) {
    await clock.advance(50_000)
    things.disturb('end')
  }
  expect(things.lists).toBe(2)
  expect(names()).toEqual(['a', 'hidden'])
})

/** What the server answered to a write of our own. */
const written = (name: string, uid: string, resourceVersion: number, owner = 'x'): Thing => ({
  metadata: { name, namespace: 'ns', uid, resourceVersion: String(resourceVersion) },
  owner,
})

test('a write of our own is seen at once, and the events of earlier writes do not take it back', async () => {
  const things = new FakeCollection()
  things.set('a', 'x')
  const { clock, reflector, changes } = aReflector(things)
  await clock.advance(0)
  things.disturb('silence')
  const note = reflector.beforeWrite()
  things.set('a', 'x')
  things.set('a', 'x')
  note(written('a', 'uid-1', 103))
  expect(reflector.cache.get('ns', 'a')?.metadata.resourceVersion).toBe('103')
  await clock.advance(700_000)
  expect(reflector.cache.get('ns', 'a')?.metadata.resourceVersion).toBe('103')
  expect(changes).toEqual(['added a uid-1', 'changed a uid-1'])
})

test('a new object that was noted survives the late events of its namesake', async () => {
  const things = new FakeCollection()
  things.set('a', 'x')
  const { clock, reflector } = aReflector(things)
  await clock.advance(0)
  things.disturb('silence')
  const note = reflector.beforeWrite()
  things.set('a', 'x')
  things.remove('a')
  things.set('a', 'x')
  note(written('a', 'uid-2', 104))
  await clock.advance(700_000)
  expect(reflector.cache.list().map((thing) => thing.metadata)).toMatchObject([{ uid: 'uid-2', resourceVersion: '104' }])
})

test('a late answer does not bring back what the watch has seen deleted', async () => {
  const things = new FakeCollection()
  things.set('a', 'x')
  const { clock, reflector } = aReflector(things)
  await clock.advance(0)
  const note = reflector.beforeWrite()
  things.set('a', 'x')
  things.remove('a')
  await clock.advance(0)
  note(written('a', 'uid-1', 102))
  expect(reflector.cache.list()).toEqual([])
})

test('what would not be watched is not noted', async () => {
  const things = new FakeCollection()
  const { clock, reflector } = aReflector(things)
  reflector.beforeWrite()(written('before-the-list', 'uid-8', 200))
  await clock.advance(0)
  const { owner: _, ...foreign } = written('foreign', 'uid-9', 200)
  reflector.beforeWrite()(foreign)
  expect(reflector.cache.list()).toEqual([])
})

test('stops when it is told to, also in the middle of a silence', async () => {
  const things = new FakeCollection()
  const { clock, stop, reflector } = aReflector(things)
  await clock.advance(0)
  things.disturb('silence')
  stop.abort()
  await reflector.stopped
  expect(things.openWatches).toBe(0)
  expect(clock.timers).toBe(0)
})

test('who waits for the first list hears of it when the reflector is stopped before', async () => {
  const things = new FakeCollection()
  things.listFailures.push(new Error('away'))
  const { clock, stop, reflector } = aReflector(things)
  await clock.advance(0)
  stop.abort()
  await expect(reflector.synced).rejects.toThrow('stopped')
})

describe('a kind that the server does not serve', () => {
  const unserved = () => new Error('404 page not found')
  const isUnserved = (error: unknown) => error instanceof Error && error.message.startsWith('404')

  test('has no objects, until its CRD is installed', async () => {
    const things = new FakeCollection()
    things.listFailures.push(...Array.from({ length: 12 }, unserved))
    const { clock, names, reflector, changes } = aReflector(things, { isUnserved })
    await clock.advance(0)
    expect(reflector.cache.synced).toBe(false)
    await clock.advance(10_000)
    expect(reflector.cache.synced).toBe(true)
    await reflector.synced
    expect(names()).toEqual([])
    things.set('a')
    await clock.advance(400_000)
    expect(changes).toEqual(['added a uid-1'])
  })

  test('is waited for where it must be served', async () => {
    const things = new FakeCollection()
    things.listFailures.push(...Array.from({ length: 12 }, unserved))
    const { clock, reflector } = aReflector(things)
    await clock.advance(60_000)
    expect(reflector.cache.synced).toBe(false)
  })

  test('keeps the objects that it had: an answer of a server that is being started is no deletion', async () => {
    const things = new FakeCollection()
    things.set('a')
    const { clock, names, changes } = aReflector(things, { isUnserved })
    await clock.advance(0)
    things.watchFailures.push(...Array.from({ length: 5 }, unserved))
    things.disturb('end')
    await clock.advance(20_000)
    expect(names()).toEqual(['a'])
    expect(changes).toEqual(['added a uid-1'])
  })
})
