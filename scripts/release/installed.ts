import { readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Lockfile {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly integrity?: string; readonly dev?: boolean; readonly optional?: boolean }>
  >
}

/**
 * Packages that are not installed as package-lock.json pins them: the bundles would hold something else than the SBOM says. Packages for
 * other machines don't count.
 */
export function otherThanLocked(root: string): readonly string[] {
  const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Lockfile
  const locked = Object.entries(read('package-lock.json').packages).filter(([path]) => path !== '')
  const installed = read('node_modules/.package-lock.json').packages
  return locked.flatMap(([path, { version, integrity, optional }]) => {
    const found = installed[path]
    if (found === undefined) return optional ? [] : [`${path} is missing`]
    return found.version === version && found.integrity === integrity ? [] : [`${path} is ${found.version} instead of ${version}`]
  })
}
