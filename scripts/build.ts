import { cpSync, mkdirSync, readFileSync, statSync } from 'node:fs'
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
  // CommonJS starts quicker than modules here, and gRPC and etcd3 are CommonJS anyway.
  format: 'cjs',
  platform: 'node',
  target: 'node24',
  bundle: true,
  minify: true,
  // etcd3 takes the names of its error classes from the classes.
  keepNames: true,
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [protoFilesBesideTheBundle(), kubeconfigsInAFileOfTheirOwn()],
  logLevel: 'warning',
})
cpSync(join(root, 'node_modules/etcd3/proto'), join(dist, 'proto'), { recursive: true })
for (const file of ['operator.cjs', 'agent.cjs']) console.log(`dist/${file}: ${(statSync(join(dist, file)).size / 1e6).toFixed(1)} MB`)

/** etcd3 reads its protocol files when it is loaded, from a folder beside its own, which a bundle doesn't have. */
function protoFilesBesideTheBundle(): Plugin {
  const asPublished = '/../proto/rpc.proto'
  return {
    name: 'etcd3-proto-files',
    setup({ onLoad }) {
      onLoad({ filter: /etcd3\/lib\/connection-pool\.js$/ }, ({ path }) => {
        const source = readFileSync(path, 'utf8')
        if (!source.includes(asPublished)) throw new Error(`${path} no longer reads ${asPublished}: look at where it reads its files now`)
        return { contents: source.replace(asPublished, '/proto/rpc.proto'), loader: 'js' }
      })
    },
  }
}

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
