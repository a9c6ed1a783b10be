/** What the cache needs to know of an object. */
export interface Cacheable {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid: string; readonly resourceVersion: string }
}

/** The objects of one kind as last seen, also while the API server can't be reached: a step that needs the present state reads it live. */
export interface Cache<T> {
  get(namespace: string, name: string): T | undefined
  /** All of them, or those of a namespace. */
  list(namespace?: string): readonly T[]
  /** The objects for which `ownerOf` returned this key: the same array until one of them changes, so that computed results can be kept. */
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
  /** By namespace and name. */
  readonly #objects = new Map<string, Map<string, T>>()
  /** By owner: names in their namespaces, and the array that was handed out last. */
  readonly #byOwner = new Map<string, { readonly owned: Map<string, T>; array: readonly T[] | undefined }>()
  #size = 0

  constructor(ownerOf: (object: T) => string | undefined, onChange: OnChange<T>) {
    this.#ownerOf = ownerOf
    this.#onChange = onChange
  }

  get(namespace: string, name: string): T | undefined {
    return this.#objects.get(namespace)?.get(name)
  }

  list(namespace?: string): readonly T[] {
    if (namespace !== undefined) return [...(this.#objects.get(namespace)?.values() ?? [])]
    return [...this.#objects.values()].flatMap((named) => [...named.values()])
  }

  ownedBy(owner: string): readonly T[] {
    const index = this.#byOwner.get(owner)
    if (index === undefined) return none
    index.array ??= [...index.owned.values()]
    return index.array
  }

  get size(): number {
    return this.#size
  }

  /** Takes the object as it is now, whatever was known before; the same version again changes nothing. */
  put(object: T): void {
    const { namespace, name } = nameOf(object)
    const namesake = this.get(namespace, name)
    if (namesake !== undefined && namesake.metadata.uid !== object.metadata.uid) this.remove(namesake)
    const old = this.get(namespace, name)
    if (old?.metadata.resourceVersion === object.metadata.resourceVersion) return
    this.#set(object, old)
    this.#onChange(object, old)
  }

  /** Takes the object unless a newer version of it, or a newer object of its name, is known already. */
  putNewer(object: T): void {
    const { namespace, name } = nameOf(object)
    const old = this.get(namespace, name)
    if (old === undefined || isNewer(object.metadata.resourceVersion, old.metadata.resourceVersion)) this.put(object)
  }

  /** Removes the object with this uid; an object that has taken its name since then stays. */
  remove(object: T): void {
    const { namespace, name } = nameOf(object)
    const old = this.get(namespace, name)
    if (old?.metadata.uid !== object.metadata.uid) return
    const named = this.#objects.get(namespace)
    named?.delete(name)
    if (named?.size === 0) this.#objects.delete(namespace)
    this.#size--
    this.#disown(old)
    this.#onChange(undefined, old)
  }

  /**
   * Makes the contents equal to a list: an object that the list lacks was deleted while no watch was open. An object whose version is
   * newer than the list was written by the operator while the list was read, and stays; if the list has no version, no such object stays.
   */
  replace(objects: readonly T[], listVersion?: string): void {
    const isAhead = (old: T | undefined) =>
      listVersion !== undefined && old !== undefined && isNewer(old.metadata.resourceVersion, listVersion)
    const listed = new Set(objects.map(keyOf))
    for (const old of this.list()) if (!listed.has(keyOf(old)) && !isAhead(old)) this.remove(old)
    for (const object of objects) {
      const { namespace, name } = nameOf(object)
      if (!isAhead(this.get(namespace, name))) this.put(object)
    }
    this.synced = true
  }

  #set(object: T, old: T | undefined): void {
    const { namespace, name } = nameOf(object)
    const named = this.#objects.get(namespace) ?? new Map<string, T>()
    this.#objects.set(namespace, named.set(name, object))
    const owner = this.#ownerOf(object)
    if (old === undefined) this.#size++
    else if (this.#ownerOf(old) !== owner) this.#disown(old)
    if (owner === undefined) return
    const index = this.#byOwner.get(owner) ?? { owned: new Map<string, T>(), array: undefined }
    index.owned.set(keyOf(object), object)
    index.array = undefined
    this.#byOwner.set(owner, index)
  }

  #disown(old: T): void {
    const owner = this.#ownerOf(old)
    const index = owner === undefined ? undefined : this.#byOwner.get(owner)
    if (owner === undefined || index === undefined) return
    index.owned.delete(keyOf(old))
    index.array = undefined
    if (index.owned.size === 0) this.#byOwner.delete(owner)
  }
}

const none: readonly never[] = []

/** Kubernetes 1.35 and later promise that resourceVersions of a kind can be compared; before, they were etcd's revisions. */
export function isNewer(version: string, than: string): boolean {
  return version.length === than.length ? version > than : version.length > than.length
}

function nameOf({ metadata }: Cacheable): { readonly namespace: string; readonly name: string } {
  return { namespace: metadata.namespace ?? '', name: metadata.name }
}

function keyOf({ metadata }: Cacheable): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}
