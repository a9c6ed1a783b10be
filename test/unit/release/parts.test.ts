import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { debianPackages } from '../../../scripts/image/root-file-system.ts'
import { sha256Of } from '../../../scripts/release/archive.ts'
import { architectures, readBaseLock } from '../../../scripts/release/base-lock.ts'
import { packChart, withImage } from '../../../scripts/release/chart.ts'
import { writeManifests } from '../../../scripts/release/deploy-files.ts'
import { runSettings } from '../../../scripts/release/dockerfile.ts'
import { readProgram } from '../../../scripts/release/elf.ts'
import { otherThanLocked } from '../../../scripts/release/installed.ts'
import { releaseNotes } from '../../../scripts/release/notes.ts'
import { packFolder } from '../../../scripts/release/pack.ts'
import { baseComponents, npmPackages, reproducible } from '../../../scripts/release/sbom.ts'
import { version } from '../../../src/version.ts'
import { documents, root, text } from '../deploy/files.ts'

const folder = mkdtempSync(join(tmpdir(), 'release-parts-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('without --dry-run nothing is made, and the workflow that publishes is named', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/release.ts'], { cwd: root, encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toContain('Nothing was made or published.')
  expect(stderr).toContain('.github/workflows/release.yaml alone')
  expect(text('.github/workflows/release.yaml')).toContain('npm run release -- --dry-run')
})

describe('the settings of the image', () => {
  test('are those of the Dockerfile', () => {
    expect(runSettings(text('Dockerfile'))).toEqual({
      environment: ['NODE_ENV=production', 'GRPC_VERBOSITY=NONE'],
      user: '65532:65532',
      workingDirectory: '/',
      entrypoint: ['/nodejs/bin/node', '--optimize-for-size', '/app/operator.cjs'],
      appFolder: '/app',
    })
  })

  test.each([
    [
      'an instruction that the release would leave out',
      'HEALTHCHECK NONE',
      'does not understand this line of the Dockerfile: HEALTHCHECK NONE',
    ],
    ['a second one of the same kind', 'ENV A=b', 'does not understand this line of the Dockerfile: ENV A=b'],
  ])('refuse %s', (_, line, message) => {
    expect(() => runSettings(`${text('Dockerfile')}\n${line}\n`)).toThrow(message)
  })

  test('refuse a Dockerfile that says less', () => {
    expect(() => runSettings(text('Dockerfile').replace(/^USER .*$/m, ''))).toThrow('has no USER')
  })
})

test('the base is pinned to the byte, for the Node of package.json and for each architecture', () => {
  const { node, debian } = readBaseLock(root)
  const { devDependencies } = JSON.parse(text('package.json')) as { devDependencies: { node: string } }
  expect(node.version).toBe(devDependencies.node)
  for (const architecture of architectures) {
    expect(node.packages[architecture].integrity).toMatch(/^sha512-.{86}==$/)
    expect(debian.packages[architecture].map(({ name }) => name)).toEqual([...debianPackages].sort())
    for (const { sha256 } of debian.packages[architecture]) expect(sha256).toMatch(/^[0-9a-f]{64}$/)
  }
})

test('a program tells its machine and its loader', () => {
  const here = { x64: 'amd64', arm64: 'arm64' }[process.arch as string]
  expect(readProgram(process.execPath)).toEqual({ machine: here, interpreter: expect.stringMatching(/^\/lib.*\/ld-linux-/) })
  const foreign = readFileSync(process.execPath).subarray(0, 4096)
  foreign.writeUInt16LE(0xf3, 18)
  writeFileSync(join(folder, 'riscv'), foreign)
  expect(readProgram(join(folder, 'riscv')).machine).toBe('other')
  expect(() => readProgram(join(root, 'package.json'))).toThrow('is no 64-bit ELF file')
})

test('the manifests name the image by its digest, and change in nothing else', () => {
  const image = `registry.example.com/etcd-operator@sha256:${'0'.repeat(64)}`
  expect(writeManifests(root, folder, image)).toEqual(['install.yaml', 'operator.yaml', 'crds.yaml'])
  const written = readFileSync(join(folder, 'install.yaml'), 'utf8')
  expect(written.replace(image, 'docker.io/library/etcd-operator:dev')).toBe(text('deploy/install.yaml'))
  expect(readFileSync(join(folder, 'crds.yaml'), 'utf8')).toBe(text('deploy/crds.yaml'))
  expect(documents('deploy/install.yaml').length).toBeGreaterThan(20)
})

describe('the values of the chart', () => {
  const values =
    '# Values.\nimage:\n  # Where it is.\n  repository: docker.io/library/etcd-operator\n  tag: dev\n  digest: ""\n\nreplicas: 2\n'

  test('get the image of the release, comments and all else as they were', () => {
    expect(withImage(values, { name: 'example.com/a', tag: '1.0.0', digest: 'sha256:1' })).toBe(
      '# Values.\nimage:\n  # Where it is.\n  repository: example.com/a\n  tag: 1.0.0\n  digest: sha256:1\n\nreplicas: 2\n',
    )
  })

  test.each([
    ['image', values.replace('image:', 'picture:'), 'has no image'],
    ['image.digest', values.replace('  digest: ""\n', ''), 'has no image.digest'],
  ])('without %s are refused', (_, broken, message) => {
    expect(() => withImage(broken, { name: 'a', tag: 'c', digest: 'b' })).toThrow(message)
  })
})

test.each([
  ['chart', 'etcd-operator', (to: string) => packChart(root, to, released, version)],
  ['olm', 'bundle', (to: string) => packFolder(join(root, 'deploy/olm'), 'bundle', join(to, 'olm'), released)],
])('deploy/%s is packed to the same bytes, and names no image but the released one', async (source, top, pack) => {
  const sums: string[] = []
  for (const _ of [1, 2]) {
    const to = mkdtempSync(join(folder, 'packed-'))
    await pack(to)
    const [archive = '', ...others] = readdirSync(to)
    expect(others).toEqual([])
    sums.push(await sha256Of(join(to, archive)))
    spawnSync('tar', ['--extract', '--gzip', '--file', archive], { cwd: to })
    const files = globSync('**/*', { cwd: join(to, top) }).toSorted()
    expect(files).toEqual(globSync('**/*', { cwd: join(root, 'deploy', source) }).toSorted())
    const texts = files.filter((file) => statSync(join(to, top, file)).isFile()).map((file) => readFileSync(join(to, top, file), 'utf8'))
    expect(texts.filter((text) => text.includes('docker.io/library/etcd-operator'))).toEqual([])
    expect(texts.join('\n')).toContain(`${released.name}@${released.digest}`)
  }
  expect(sums[1]).toBe(sums[0])
})

const released = { name: 'registry.example.com/etcd-operator', digest: `sha256:${'1'.repeat(64)}` }

describe('the SBOM', () => {
  const bom = (moment: string) => ({
    $schema: 's',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${moment}`,
    metadata: {
      timestamp: moment,
      tools: [{ vendor: 'npm', name: 'cli', version: moment }],
      component: { name: `folder-${moment}`, type: 'library' },
    },
    components: [],
    dependencies: [],
  })
  const base = baseComponents(readBaseLock(root))

  test('is the same whenever, wherever and by whatever npm it is made', () => {
    const [first, second] = [reproducible(bom('1'), base, '2026-01-01T00:00:00Z'), reproducible(bom('2'), base, '2026-01-01T00:00:00Z')]
    expect(second).toEqual(first)
    expect(first.metadata.component).toEqual({ name: 'etcd-operator', type: 'library' })
    expect(first.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(reproducible(bom('1'), base, '2026-01-02T00:00:00Z').serialNumber).not.toBe(first.serialNumber)
  })

  test('names every package of npm that the programs need, and no other', async () => {
    const { packages } = JSON.parse(text('package-lock.json')) as { packages: Record<string, { version: string; dev?: boolean }> }
    const needed = Object.entries(packages).flatMap(([path, one]) =>
      path === '' || one.dev ? [] : `${path.replace(/^.*node_modules\//, '')}@${one.version}`,
    )
    const { components, dependencies } = await npmPackages(root)
    expect(components.map((component) => component['bom-ref']).toSorted()).toEqual([...new Set(needed)].toSorted())
    const { dependencies: own } = JSON.parse(text('package.json')) as { dependencies: Record<string, string> }
    const [first] = dependencies.filter(({ ref }) => ref === `etcd-operator@${version}`)
    const names = Object.entries(own).map(([name, exact]) => `${name}@${exact}`)
    expect(first?.dependsOn).toEqual(expect.arrayContaining(names))
  })

  test('names Node and every package of Debian, under a reference of its own', () => {
    const names = base.map(({ purl }) => purl)
    expect(new Set(names).size).toBe(names.length)
    expect(names[0]).toMatch(/^pkg:generic\/node@24\./)
    for (const name of debianPackages)
      expect(names.filter((purl) => purl.startsWith(`pkg:deb/debian/${name}@`)).map((purl) => /arch=(\w+)/.exec(purl)?.[1])).toEqual([
        'amd64',
        'arm64',
      ])
  })
})

describe('the release notes', () => {
  test('are the section of the changelog', () => {
    expect(releaseNotes('# Changelog\n\n## [0.2.0] - unreleased\n\n- New.\n\n## [0.1.0] - 2026\n\n- Old.\n', '0.2.0')).toBe('- New.\n')
    expect(releaseNotes(text('CHANGELOG.md'), version)).toContain('\n')
  })

  test('are asked for where there are none', () => {
    expect(() => releaseNotes('# Changelog\n', '0.2.0')).toThrow('has no section "## [0.2.0]"')
    expect(() => releaseNotes('## [0.2.0]\n\n## [0.1.0]\n\n- Old.\n', '0.2.0')).toThrow('is empty')
  })
})

test('a package that is not installed as it is locked is named', () => {
  expect(otherThanLocked(root)).toEqual([])
  const own = mkdtempSync(join(folder, 'installed-'))
  const lock = {
    packages: { '': {}, 'node_modules/a': { version: '1', integrity: 'x' }, 'node_modules/b': { version: '2', optional: true } },
  }
  writeFileSync(join(own, 'package-lock.json'), JSON.stringify(lock))
  mkdirSync(join(own, 'node_modules'))
  writeFileSync(join(own, 'node_modules/.package-lock.json'), JSON.stringify({ packages: { 'node_modules/a': { version: '3' } } }))
  expect(otherThanLocked(own)).toEqual(['node_modules/a is 3 instead of 1'])
})
