import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')

/** The files and packages that a program loads, types aside. */
async function loadedBy(entry: string): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: root,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'cjs',
    write: false,
    metafile: true,
    logLevel: 'error',
  })
  const packages = Object.values(metafile.inputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external).map(({ path }) => path),
  )
  return [...Object.keys(metafile.inputs), ...packages]
}

test('the agent loads gRPC, and nothing heavier', async () => {
  const packages = (await loadedBy('src/bin/agent.ts')).filter((path) => !/^(src\/|node:|package\.json$)/.test(path))
  expect(new Set(packages)).toEqual(new Set(['@grpc/grpc-js', '@grpc/proto-loader']))
})

test('the operator loads nothing of the agent', async () => {
  expect((await loadedBy('src/bin/operator.ts')).filter((path) => path.startsWith('src/agent/'))).toEqual([])
})
