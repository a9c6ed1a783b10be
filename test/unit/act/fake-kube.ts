import { Failure } from '../../../src/adapters/failure.ts'
import type { KubeObject, ObjectRef, ResourceKind } from '../../../src/adapters/kube/object.ts'
import type { Kube } from '../../../src/adapters/kube.ts'
import { mergePatched } from '../../builders/merge-patch.ts'
import { demandRight } from './operator-rights.ts'

/** Only what is asked of an object here: who and of which version it is. */
export interface Stored {
  readonly metadata: { readonly name?: string; readonly uid: string; readonly resourceVersion: string; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

/** A precondition as a write named it; undefined: it named none. */
export interface Precondition {
  readonly uid: string | undefined
  readonly resourceVersion: string | undefined
}

export interface FakeKube {
  readonly kube: Kube
  /** What is stored, by `plural/name`. */
  readonly objects: ReadonlyMap<string, Stored>
  /** What the writes to objects that existed demanded of them, in order. */
  readonly demanded: readonly Precondition[]
  /** Names of what was deleted with a grace period of zero. */
  readonly forced: readonly string[]
}

/** An API server that keeps objects of one namespace, merges patches (an apply as well: nobody else owns a field), and refuses a write whose precondition doesn't hold, and what the operator's roles don't allow. */
export function fakeKube(stored: Readonly<Record<string, Stored>> = {}): FakeKube {
  const objects = new Map(Object.entries(stored))
  const demanded: Precondition[] = []
  const forced: string[] = []
  let version = 100

  function keep(key: string, object: Stored): Stored {
    version += 1
    const kept = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }
    objects.set(key, kept)
    return kept
  }

  function existing(
    kind: ResourceKind<KubeObject>,
    { name }: ObjectRef,
    wanted: { uid?: unknown; resourceVersion?: unknown } = {},
  ): Stored {
    const object = objects.get(`${kind.plural}/${name}`)
    demanded.push({ uid: textOf(wanted.uid), resourceVersion: textOf(wanted.resourceVersion) })
    if (object === undefined) throw new Failure('not-found', `${kind.plural} "${name}" not found`)
    const { uid, resourceVersion } = object.metadata
    if ((wanted.uid ?? uid) !== uid || (wanted.resourceVersion ?? resourceVersion) !== resourceVersion)
      throw new Failure('conflict', `${kind.plural} "${name}": the precondition failed`)
    return object
  }

  const kube = {
    async get(kind: ResourceKind<KubeObject>, { name }: ObjectRef) {
      demandRight('get', kind)
      return objects.get(`${kind.plural}/${name}`)
    },
    /** All of the kind, whatever is asked for. */
    async list(kind: ResourceKind<KubeObject>) {
      demandRight('list', kind)
      return { items: [...objects].filter(([key]) => key.startsWith(`${kind.plural}/`)).map(([, object]) => object), resourceVersion: '' }
    },
    async create(
      kind: ResourceKind<KubeObject>,
      object: { metadata: { name?: string; generateName?: string } },
      _signal: AbortSignal,
      options: { dryRun?: boolean } = {},
    ) {
      demandRight('create', kind)
      const name = object.metadata.name ?? `${object.metadata.generateName}${version}`
      const key = `${kind.plural}/${name}`
      if (objects.has(key)) throw new Failure('conflict', `${kind.plural} "${name}" already exists`)
      const made = { ...object, metadata: { ...object.metadata, name, uid: `new-${name}`, resourceVersion: '' } }
      return options.dryRun ? made : keep(key, made)
    },
    async patch(
      kind: ResourceKind<KubeObject>,
      ref: ObjectRef,
      patch: { metadata?: object; [field: string]: unknown },
      _signal: AbortSignal,
      options: { subresource?: 'status' } = {},
    ) {
      demandRight('patch', kind, options.subresource)
      const object = existing(kind, ref, patch.metadata)
      // A write to the status takes nothing else along.
      const taken = options.subresource === 'status' ? { status: patch.status } : patch
      return keep(`${kind.plural}/${ref.name}`, mergePatched(object, taken) as Stored)
    },
    async apply(kind: ResourceKind<KubeObject>, object: { metadata: { name: string; uid?: string } }) {
      demandRight('patch', kind)
      return keep(
        `${kind.plural}/${object.metadata.name}`,
        mergePatched(existing(kind, object.metadata, object.metadata), object) as Stored,
      )
    },
    async delete(
      kind: ResourceKind<KubeObject>,
      ref: ObjectRef,
      preconditions: { uid: string; resourceVersion?: string },
      _signal: AbortSignal,
      options: { gracePeriodSeconds?: number } = {},
    ) {
      demandRight('delete', kind)
      existing(kind, ref, preconditions)
      if (options.gracePeriodSeconds === 0) forced.push(ref.name)
      objects.delete(`${kind.plural}/${ref.name}`)
    },
  }
  // The calls that are made here, for every kind at once.
  return { kube: kube as unknown as Kube, objects, demanded, forced }
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value)
}
