import { join } from 'node:path'
import { build } from 'esbuild'

/** A client as one file, small enough for a ConfigMap: so any image with Node can run it, and no other image is needed. */
export async function bundleClient(name: 'writer' | 'filler'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, `${name}.ts`)],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    legalComments: 'none',
    write: false,
    logLevel: 'warning',
  })
  return outputFiles.map(({ text }) => text).join('')
}
