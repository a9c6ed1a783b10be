import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A key of all that the image is made of: the Dockerfile and what .dockerignore lets through. */
export function inputsKey(root: string): string {
  const hash = createHash('sha256').update(process.arch)
  for (const path of ['Dockerfile', '.dockerignore', ...allowedBy(readFileSync(join(root, '.dockerignore'), 'utf8'))].flatMap((path) =>
    filesBelow(root, path),
  )) {
    hash.update(`\0${path}\0`).update(readFileSync(join(root, path)))
  }
  return hash.digest('hex').slice(0, 12)
}

/** The paths of an ignore file that ignores everything and then names exceptions. */
export function allowedBy(ignoreFile: string): readonly string[] {
  return ignoreFile.split('\n').flatMap((line) => (line.startsWith('!') ? line.slice(1).trim() : []))
}

function filesBelow(root: string, path: string): readonly string[] {
  const full = join(root, path)
  if (!existsSync(full)) return []
  if (!statSync(full).isDirectory()) return [path]
  return readdirSync(full)
    .sort()
    .flatMap((entry) => filesBelow(root, join(path, entry)))
}
