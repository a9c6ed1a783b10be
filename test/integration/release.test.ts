import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { version } from '../../src/version.ts'

const root = join(import.meta.dirname, '..', '..')
const isLong = process.env.TEST_LONG !== undefined
const folder = mkdtempSync(join(tmpdir(), 'release-twice-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Makes a release of this work tree from a copy of it in another place, under another umask, without its git. */
function release(place: string, umask: string): string {
  const copy = join(folder, place)
  mkdirSync(copy, { recursive: true })
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' })
  for (const file of files.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  execFileSync('cp', ['-al', join(root, 'node_modules'), join(copy, 'node_modules')])
  const { GITHUB_REPOSITORY: _, ...env } = process.env
  const command = `umask ${umask} && chmod -R "$(umask -S)" src deploy && npm run release --silent -- --dry-run`
  const made = spawnSync('sh', ['-c', command], { cwd: copy, encoding: 'utf8', env: { ...env, SOURCE_DATE_EPOCH: '1767225600' } })
  expect({ status: made.status, stderr: made.status === 0 ? '' : made.stderr }).toEqual({ status: 0, stderr: '' })
  const out = join(copy, 'dist', `release-${version}`)
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: out })
  return out
}

test.skipIf(!isLong)('a release that is made twice, in two places, has the same bytes', { timeout: 1_200_000 }, () => {
  const [first, second] = [release('a', '022'), release('somewhere/else/entirely', '077')]
  const sums = (out: string) => readFileSync(join(out, 'SHA256SUMS'), 'utf8')
  expect(sums(second)).toBe(sums(first))
  expect([...sums(first).matchAll(/ {2}(\S+)$/gm)].map(([, file]) => file)).toEqual([
    'crds.yaml',
    `etcd-operator-${version}.oci.tar`,
    `etcd-operator-${version}.tgz`,
    `etcd-operator-olm-${version}.tgz`,
    'image-digest.txt',
    'install.yaml',
    'kubectl-etcd',
    `kubectl-etcd-${version}.tgz`,
    'operator.yaml',
    'release-notes.md',
    'sbom.cdx.json',
  ])
  const digest = readFileSync(join(first, 'image-digest.txt'), 'utf8').trim()
  expect(readFileSync(join(first, 'install.yaml'), 'utf8')).toContain(`image: registry.example.com/etcd-operator@${digest}\n`)
  const oci = execFileSync('tar', ['--extract', '--to-stdout', '--file', `etcd-operator-${version}.oci.tar`, './index.json'], {
    cwd: first,
  })
  expect(JSON.parse(String(oci)).manifests).toEqual([expect.objectContaining({ digest })])
})
