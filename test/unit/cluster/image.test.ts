import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { buildArgs } from '../../../scripts/image/buildah.ts'
import { dockerBuildArgs } from '../../../scripts/image/docker.ts'
import { allowedBy, inputsKey } from '../../../scripts/image/inputs.ts'
import { archiveFolder } from '../../cluster/local/image-archive.ts'

const folder = mkdtempSync(join(tmpdir(), 'image-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe("the operator's image", () => {
  it('is built from what the ignore file lets through', () => {
    expect(allowedBy('# why\n*\n!src\n!package.json\n')).toEqual(['src', 'package.json'])
  })

  it('is built again only when an input changes', () => {
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch')
    writeFileSync(join(folder, '.dockerignore'), '*\n!src\n')
    const before = inputsKey(folder)
    writeFileSync(join(folder, 'README.md'), 'text')
    expect(inputsKey(folder)).toBe(before)
    writeFileSync(join(folder, 'Dockerfile'), 'FROM other')
    expect(inputsKey(folder)).not.toBe(before)
  })

  it('never pulls where no engine answers', () => {
    expect(buildArgs('/tree', 'a:dev', '/npm')).toEqual(expect.arrayContaining(['--pull=never', '--volume', '/npm:/root/.npm', '/tree']))
    expect(dockerBuildArgs('/tree', 'a:dev')).toEqual(expect.arrayContaining(['build', '--tag', 'a:dev', '/tree']))
  })
})

describe('an archive', () => {
  it('has the same bytes for the same folder', async () => {
    const root = mkdtempSync(join(folder, 'root-'))
    writeFileSync(join(root, 'file'), 'content')
    const [first, second] = [join(folder, '1.tar'), join(folder, '2.tar')] as const
    await archiveFolder(root, first, 'a:1', { Cmd: ['/file'] })
    await archiveFolder(root, second, 'a:1', { Cmd: ['/file'] })
    expect(readFileSync(first).equals(readFileSync(second))).toBe(true)
  })
})
