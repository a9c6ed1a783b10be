import { existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Recipe } from './binaries.ts'
import { makeCacheDir } from './cache.ts'
import { RequirementMissing, run } from './command.ts'
import { SetUpFailed } from './set-up-failed.ts'

/** A `go build` that runs. */
export type GoBuild = Readonly<{
  done: Promise<void>
  /** How far it is, in a few words. */
  state: () => string
}>

/**
 * One `go build` for several programs of one module: what they share is compiled once, and one is linked while the next is compiled.
 * Go works off the programs in the order in which they are named; `onBuilt` is called as soon as one is in its place.
 */
export function goBuild(recipes: readonly Recipe[], onBuilt: (recipe: Recipe) => void): GoBuild {
  const counts = { fetched: 0, compiled: 0, packages: 0 }
  return { done: build(recipes, onBuilt, counts), state: () => stateOf(counts) }
}

type Counts = { fetched: number; compiled: number; packages: number }

function stateOf({ fetched, compiled, packages }: Counts): string {
  if (packages === 0) return fetched === 0 ? 'reading its modules' : `${fetched} modules fetched`
  return compiled === 0 ? `${packages} packages` : `${compiled} of ${packages} packages compiled`
}

async function build(recipes: readonly Recipe[], onBuilt: (recipe: Recipe) => void, counts: Counts): Promise<void> {
  const [{ dir, flags } = { dir: '', flags: '' }] = recipes
  // Beside the finished programs: Go renames a program into its place, where it is whole, but only within one file system.
  removeAbandoned()
  const work = mkdtempSync(join(makeCacheDir('bin'), `unfinished-${process.pid}-`))
  const env = { ...goEnvironment(), GOTMPDIR: work }
  const out = join(work, 'out')
  const packages = recipes.map((recipe) => recipe.package)
  const waiting = new Set(recipes)
  const collect = () => {
    for (const recipe of waiting) {
      if (!existsSync(join(out, programName(recipe.package)))) continue
      place(join(out, programName(recipe.package)), recipe.path)
      waiting.delete(recipe)
      onBuilt(recipe)
    }
  }
  let timer: NodeJS.Timeout | undefined
  try {
    mkdirSync(out)
    const onErrorLine = (line: string) => {
      if (line.startsWith('go: downloading ')) counts.fetched += 1
      else if (isPackage(line)) counts.compiled += 1
    }
    const listed = await run(goCommand(), ['list', '-deps', ...packages], { cwd: dir, env, onErrorLine })
    counts.packages = listed.trim().split('\n').length
    timer = setInterval(collect, 100)
    await run(goCommand(), [...buildArgs(flags, `${out}/`), ...packages], { cwd: dir, env, onErrorLine })
    collect()
  } catch (error) {
    throw buildFailed(recipes, error)
  } finally {
    clearInterval(timer)
    rmSync(work, { recursive: true, force: true })
  }
}

/** What builds left that were killed: gigabytes. */
function removeAbandoned(): void {
  for (const folder of readdirSync(makeCacheDir('bin'))) {
    const pid = /^unfinished-(\d+)-/.exec(folder)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(makeCacheDir('bin'), folder), { recursive: true, force: true })
  }
}

/** Without symbols and without what a debugger reads, which nobody looks at and which is a seventh of the compilers' work. */
export function buildArgs(flags: string, out: string): readonly string[] {
  return ['build', '-v', '-trimpath', '-buildvcs=false', '-gcflags=all=-dwarf=false', '-ldflags', flags, '-o', out]
}

function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' }
}

/** As Go names a program: after its folder, without the major version of a module. */
export function programName(packagePath: string): string {
  const name = basename(packagePath)
  return /^v\d+$/.test(name) ? basename(dirname(packagePath)) : name
}

/** `go build -v` prints the path of each package that it compiles. */
export function isPackage(line: string): boolean {
  return /^[\w.~-]+(\/[\w.~-]+)*$/.test(line)
}

/** Whole from the moment at which it is there; Go keeps its own name of the file. */
function place(program: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const unfinished = `${path}.${process.pid}`
  rmSync(unfinished, { force: true })
  linkSync(program, unfinished)
  renameSync(unfinished, path)
  // Where `path` is that very file already, as for two names of one program, the renaming does nothing.
  rmSync(unfinished, { force: true })
}

function buildFailed(recipes: readonly Recipe[], error: unknown): SetUpFailed {
  const text = error instanceof Error ? error.message : String(error)
  const names = recipes.map((recipe) => programName(recipe.package)).join(', ')
  const why = text.slice(text.indexOf(' failed: ') + ' failed: '.length)
  return new SetUpFailed(`building ${names} failed`, { why, ...adviceFor(why) })
}

/** What a person can do about the usual causes. */
export function adviceFor(why: string): { advice?: string } {
  if (/dial tcp|no such host|lookup |TLS handshake|certificate|proxy\.golang\.org|i\/o timeout/.test(why))
    return {
      advice: 'Go fetches modules from GOPROXY (see "go env GOPROXY"): make it reachable or set another, then run the same command again',
    }
  if (/no space left on device/.test(why))
    return {
      advice: `make room: the builds need 6 GB in ${makeCacheDir()}, in "go env GOCACHE" and in "go env GOMODCACHE"; then run the same command again`,
    }
  if (/signal: killed/.test(why))
    return {
      advice: 'the kernel ended a compiler, mostly for want of memory: end other programs, then run the same command again',
    }
  return {}
}

export function goCommand(): string {
  const found = [...(process.env.PATH ?? '').split(':'), '/usr/local/go/bin'].map((dir) => join(dir, 'go')).find((path) => existsSync(path))
  if (found === undefined)
    throw new RequirementMissing('The local cluster is built from Go modules: install Go 1.21 or later and put it on PATH.')
  return found
}
