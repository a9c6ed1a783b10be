import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, loadAll } from 'js-yaml'
import { type Crd, schemaOf } from './schema.ts'

/** A kind of this operator, as catalogues of software list it. */
export interface Kind {
  readonly crd: string
  readonly kind: string
  readonly version: string
  /** `EtcdBackupSchedule` in words. */
  readonly displayName: string
  readonly description: string
  /** From examples/. */
  readonly example: object
}

/** @throws Error when a kind has no example */
export function readKinds(root: string): readonly Kind[] {
  return readdirSync(join(root, 'crds'))
    .toSorted()
    .map((file) => {
      const crd = load(readFileSync(join(root, 'crds', file), 'utf8')) as Crd // A file of this project; unit tests look at its form.
      const [version] = crd.spec.versions
      const { kind } = crd.spec.names
      return {
        crd: `${crd.spec.names.plural}.${crd.spec.group}`,
        kind,
        version: version?.name ?? '',
        displayName: kind.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' '),
        description: (schemaOf(crd).description ?? kind).replaceAll(/\s+/g, ' ').trim(),
        example: exampleOf(root, kind),
      }
    })
}

const examples: Readonly<Record<string, string>> = {
  EtcdCluster: 'cluster',
  EtcdBackup: 'backup',
  EtcdBackupSchedule: 'backup-schedule',
  EtcdRestore: 'restore',
  EtcdUser: 'user',
}

function exampleOf(root: string, kind: string): object {
  const path = `examples/${examples[kind] ?? kind}.yaml`
  const all = loadAll(readFileSync(join(root, path), 'utf8')) as { readonly kind?: string }[]
  const example = all.find((object) => object?.kind === kind)
  if (example === undefined) throw new Error(`${path} holds no ${kind}: name its example in scripts/generate/kinds.ts`)
  return example
}
