import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { version } from '../../src/version.ts'

/** The files that people write and that name the project's version in their labels: path to text, with the version of package.json. */
export function withVersion(root: string): ReadonlyMap<string, string> {
  const files = globSync(['crds/*.yaml', 'deploy/base/*.yaml'], { cwd: root }).toSorted()
  return new Map(files.map((path) => [path, labelled(readFileSync(join(root, path), 'utf8'))]))
}

function labelled(text: string): string {
  return text.replaceAll(/^( +app\.kubernetes\.io\/version:) .*$/gm, `$1 "${version}"`)
}
