import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'

/** A Kubernetes object as it stands in a file. Fields are read where a test needs them, so they are loosely typed. */
export interface Doc {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> }
  readonly rules?: readonly Rule[]
  readonly aggregationRule?: unknown
  readonly roleRef?: { readonly kind: string; readonly name: string }
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[]
  readonly spec?: unknown
}

export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

export const root = join(import.meta.dirname, '..', '..', '..')

/** The documents; not those of the packages that docs/ has for its site. */
export const pages = globSync(['*.md', 'docs/**/*.md', 'examples/*.md'], { cwd: root, exclude: ['**/node_modules/**'] }).toSorted()

export function text(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

export function documents(path: string): readonly Doc[] {
  return loadAll(text(path)).filter((document) => document !== null && document !== undefined) as Doc[]
}

export function find(all: readonly Doc[], kind: string, name: string): Doc {
  const found = all.find((document) => document.kind === kind && document.metadata.name === name)
  if (found === undefined) throw new Error(`no ${kind} ${name}`)
  return found
}
