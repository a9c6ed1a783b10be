import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** `npm run build`: one file per program in dist/, which with the files beside it is all that the image needs. */
const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

/** What reads kubeconfigs: 10 MB of memory that an operator in a pod, which has a service account, never needs. */
const kubeconfigs = 'kubeconfigs'

mkdirSync(dist, { recursive: true })
await build({
  entryPoints: {
    operator: join(root, 'src/bin/operator.ts'),
    // The Jobs' program loads nothing of the operator's.
    agent: join(root, 'src/bin/agent.ts'),
    [kubeconfigs]: '@kubernetes/client-node/dist/config.js',
  },
  outdir: dist,
  outExtension: { '.js': '.cjs' },
  // CommonJS starts quicker than modules here, and most packages are CommonJS anyway.
  format: 'cjs',
  platform: 'node',
  target: 'node24',
  bundle: true,
  minify: true,
  // Logs name an error by its class.
  keepNames: true,
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [kubeconfigsInAFileOfTheirOwn()],
  logLevel: 'warning',
})
for (const file of ['operator.cjs', 'agent.cjs']) console.log(`dist/${file}: ${(statSync(join(dist, file)).size / 1e6).toFixed(1)} MB`)

function kubeconfigsInAFileOfTheirOwn(): Plugin {
  return {
    name: 'kubeconfigs',
    setup({ onResolve }) {
      onResolve({ filter: /^@kubernetes\/client-node\/dist\/config\.js$/ }, ({ kind }) =>
        kind === 'dynamic-import' ? { path: `./${kubeconfigs}.cjs`, external: true } : undefined,
      )
    },
  }
}
