import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where binaries and images are kept between work trees; `ETCD_OPERATOR_CACHE` overrides it. */
export function cacheDir(...below: readonly string[]): string {
  const root = process.env.ETCD_OPERATOR_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'etcd-operator-dev')
  return join(root, ...below)
}

export function makeCacheDir(...below: readonly string[]): string {
  const dir = cacheDir(...below)
  mkdirSync(dir, { recursive: true })
  return dir
}

/** A short key that changes with any of the texts. */
export function keyOf(...texts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(`${text.length}:`).update(text)
  return hash.digest('hex').slice(0, 12)
}

export function keyOfFiles(paths: readonly string[], ...texts: readonly string[]): string {
  return keyOf(...texts, ...paths.map((path) => readFileSync(path, 'utf8')))
}
