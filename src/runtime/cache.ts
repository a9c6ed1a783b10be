/** What the cache needs to know of an object. */
export interface Cacheable {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid: string; readonly resourceVersion: string }
}

/** The objects of one kind as last seen. Served on while the API server is away: whoever needs the truth reads it live. */
export interface Cache<T> {
  get(namespace: string, name: string): T | undefined
  /** All of them, or those of a namespace. */
  list(namespace?: string): readonly T[]
  /** Those for which `ownerOf` gave this key. */
  ownedBy(owner: string): readonly T[]
  readonly size: number
  /** False until the first list was read: until then "not there" means nothing. */
  readonly synced: boolean
}

/**
 * An addition (no `old`), a change, or a deletion (no `object`). A name that now belongs to another uid is a deletion and then an addition.
 */
export type OnChange<T> = (object: T | undefined, old: T | undefined) => void

/** The writable side, for the reflector. */
export class Store<T extends Cacheable> implements Cache<T> {
  synced = false
  readonly #ownerOf: (object: T) => string | undefined
  readonly #onChange: OnChange<T>
  readonly #objects = new Map<string, T>()
  readonly #byOwner = new Map<string, Set<string>>()

  constructor(ownerOf: (object: T) => string | undefined, onChange: OnChange<T>) {
    this.#ownerOf = ownerOf
    this.#onChange = onChange
  }

  get(namespace: string, name: string): T | undefined {
    return this.#objects.get(keyOf(namespace, name))
  }

  list(namespace?: string): readonly T[] {
    const all = [...this.#objects.values()]
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace)
  }

  ownedBy(owner: string): readonly T[] {
    const owned: T[] = []
    for (const key of this.#byOwner.get(owner) ?? []) {
      const object = this.#objects.get(key)
      if (object !== undefined) owned.push(object)
    }
    return owned
  }

  get size(): number {
    return this.#objects.size
  }

  /** Takes the object as it is now, whatever was known before; the same version again changes nothing. */
  put(object: T): void {
    const key = keyOfObject(object)
    const namesake = this.#objects.get(key)
    if (namesake !== undefined && namesake.metadata.uid !== object.metadata.uid) this.remove(namesake)
    const old = this.#objects.get(key)
    if (old?.metadata.resourceVersion === object.metadata.resourceVersion) return
    this.#index(key, old, object)
    this.#objects.set(key, object)
    this.#onChange(object, old)
  }

  /** Takes the object unless a newer version of it, or a newer object of its name, is known already. */
  putNewer(object: T): void {
    const old = this.#objects.get(keyOfObject(object))
    if (old === undefined || isNewer(object.metadata.resourceVersion, old.metadata.resourceVersion)) this.put(object)
  }

  /** The object with this uid is gone; one that has taken its name since then stays. */
  remove(object: T): void {
    const key = keyOfObject(object)
    const old = this.#objects.get(key)
    if (old?.metadata.uid !== object.metadata.uid) return
    this.#index(key, old, undefined)
    this.#objects.delete(key)
    this.#onChange(undefined, old)
  }

  /** Makes the contents equal to a list: what it lacks was deleted while nobody watched. */
  replace(objects: readonly T[]): void {
    const listed = new Set(objects.map(keyOfObject))
    for (const [key, old] of [...this.#objects]) if (!listed.has(key)) this.remove(old)
    for (const object of objects) this.put(object)
    this.synced = true
  }

  #index(key: string, old: T | undefined, object: T | undefined): void {
    const before = old === undefined ? undefined : this.#ownerOf(old)
    const after = object === undefined ? undefined : this.#ownerOf(object)
    if (before === after) return
    if (before !== undefined) {
      const keys = this.#byOwner.get(before)
      keys?.delete(key)
      if (keys?.size === 0) this.#byOwner.delete(before)
    }
    if (after === undefined) return
    const keys = this.#byOwner.get(after) ?? new Set()
    this.#byOwner.set(after, keys.add(key))
  }
}

/** Kubernetes 1.35 and later promise that resourceVersions of a kind can be compared; before, they were etcd's revisions. */
export function isNewer(version: string, than: string): boolean {
  return version.length === than.length ? version > than : version.length > than.length
}

function keyOfObject(object: Cacheable): string {
  return keyOf(object.metadata.namespace ?? '', object.metadata.name)
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`
}
