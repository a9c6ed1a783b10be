import { existsSync } from 'node:fs'
import { type BinaryName, type Recipe, recipeOf } from './binaries.ts'
import { type GoBuild, goBuild, goCommand } from './go-build.ts'
import { withMachineLock } from './machine-lock.ts'
import { during, type Progress } from './progress.ts'

/** Builds what the cache lacks; returns when every named binary is there. */
export async function ensureBinaries(names: readonly BinaryName[], { progress }: { progress: Progress }): Promise<void> {
  await Promise.all(startBuilds(names, progress).values())
}

/**
 * One promise per binary, so that a cluster can start with the first ones while the others are built.
 * Two builds run at once, one per lane: Kubernetes and etcd share hardly a package, and while one links, on one core, the other compiles.
 */
export function startBuilds(names: readonly BinaryName[], progress: Progress): ReadonlyMap<BinaryName, Promise<void>> {
  const missing = names.filter((name) => !existsSync(recipeOf(name).path))
  if (missing.length > 0) goCommand() // Better said now than in the middle.
  const numbered = numberedBuilds(missing.length, progress)
  const builds = new Map<BinaryName, Promise<void>>(names.map((name) => [name, Promise.resolve()]))
  const lanes = new Map<string, Promise<unknown>>()
  for (const group of buildGroups(missing)) {
    const begin = Promise.resolve(group.after === undefined ? lanes.get(group.lane) : builds.get(group.after))
    const { finished, done } = startGroup(group, begin, numbered, progress)
    if (group.after === undefined) lanes.set(group.lane, done)
    for (const [name, promise] of finished) builds.set(name, promise)
  }
  return builds
}

/** Binaries that one `go build` makes. */
export type BuildGroup = Readonly<{
  names: readonly BinaryName[]
  /** Groups of a lane come one after the other. */
  lane: 'etcd' | 'kubernetes'
  /** The group begins when this binary is there, whatever its lane does: what the two share is compiled then. */
  after?: BinaryName
}>

export function buildGroups(names: readonly BinaryName[]): readonly BuildGroup[] {
  const groups = new Map<string, BinaryName[]>()
  for (const name of names) {
    const { dir, flags } = recipeOf(name)
    const key = isAlone(name) ? name : `${dir} ${flags}`
    groups.set(key, [...(groups.get(key) ?? []), name])
  }
  return [...groups.values()].map((members) => ({
    names: members,
    lane: members.every((name) => name.startsWith('etcd-')) ? 'etcd' : 'kubernetes',
    ...(members.some(isAlone) ? { after: 'kube-apiserver' as const } : {}),
  }))
}

/** It writes the name of a package in capitals that the others write in small letters, and Go refuses both at once. */
function isAlone(name: BinaryName): boolean {
  return name === 'local-path-provisioner'
}

type Numbered = Readonly<{ begun: (name: BinaryName) => void }>

/** "building kubelet, 5 of 11", once for each binary. */
function numberedBuilds(total: number, progress: Progress): Numbered {
  const told = new Set<BinaryName>()
  return {
    begun(name) {
      if (told.has(name)) return
      told.add(name)
      progress(`building ${titleOf(name)}, ${told.size} of ${total}`)
    },
  }
}

export function titleOf(name: BinaryName): string {
  const [folder = name, tool] = name.split('/')
  return tool === undefined ? name : `${tool} ${folder.slice('etcd-'.length)}`
}

/** A promise for each binary of the group, and one for the end of the whole. */
function startGroup(
  { names, lane, after }: BuildGroup,
  begin: Promise<unknown>,
  numbered: Numbered,
  progress: Progress,
): Readonly<{ finished: ReadonlyMap<BinaryName, Promise<void>>; done: Promise<void> }> {
  const ends = new Map(names.map((name) => [name, Promise.withResolvers<void>()]))
  // Reported to whoever waits for these; nobody may wait yet.
  for (const { promise } of ends.values()) promise.catch(() => {})
  const build = async () => {
    // Another process may have built them while this one waited for the lock.
    const missing = names.filter((name) => !existsSync(recipeOf(name).path))
    for (const name of names) if (!missing.includes(name)) ends.get(name)?.resolve()
    if (missing.length > 0) await buildInOrder(missing, numbered, progress, (name) => ends.get(name)?.resolve())
  }
  const done = begin
    .then(() => withMachineLock(after === undefined ? `${lane} builds` : `${names[0]} build`, progress, build))
    .catch((error: unknown) => {
      for (const { promise: _, reject } of ends.values()) reject(error)
      throw error
    })
  done.catch(() => {})
  return { finished: new Map([...ends].map(([name, { promise }]) => [name, promise])), done }
}

async function buildInOrder(
  names: readonly BinaryName[],
  numbered: Numbered,
  progress: Progress,
  onBuilt: (name: BinaryName) => void,
): Promise<void> {
  const waiting = [...names]
  let sinceMs = performance.now()
  const recipes = new Map<Recipe, BinaryName>(names.map((name) => [recipeOf(name), name]))
  const build: GoBuild = goBuild([...recipes.keys()], (recipe) => {
    const name = recipes.get(recipe)
    if (name === undefined) return
    progress(`${titleOf(name)} built in ${((performance.now() - sinceMs) / 1000).toFixed(0)} s`)
    sinceMs = performance.now()
    waiting.splice(waiting.indexOf(name), 1)
    onBuilt(name)
    if (waiting[0] !== undefined) numbered.begun(waiting[0])
  })
  if (waiting[0] !== undefined) numbered.begun(waiting[0])
  const what = () => `building ${titleOf(waiting[0] ?? (names[0] as BinaryName))} (${build.state()})`
  await during(progress, what, () => build.done)
}
