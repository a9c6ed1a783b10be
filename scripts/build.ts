import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'

/**
 * `npm run build [FOLDER]`: one file per program in dist/, or in another folder, which with the files beside it is all that the image
 * needs.
 */
const root = join(import.meta.dirname, '..')
const dist = resolve(process.argv[2] ?? join(root, 'dist'))

/**
 * What is loaded when it is first needed, from a file of its own: 10 MB of memory. An operator in a pod has a service account and reads no
 * kubeconfig.
 */
const onDemand: Readonly<Record<string, string>> = { kubeconfigs: '@kubernetes/client-node/dist/config.js' }

const plugin = 'kubectl-etcd'
/** What the plugin's sources use and Node 20 lacks. */
const newerThanNode20 = 'Promise.withResolvers??=function(){let a,b;return{promise:new this((x,y)=>{a=x;b=y}),resolve:a,reject:b}};'

mkdirSync(dist, { recursive: true })
const shared = {
  absWorkingDir: root,
  // CommonJS starts quicker than modules here, and most packages are CommonJS anyway.
  format: 'cjs',
  platform: 'node',
  bundle: true,
  minify: true,
  // Logs name an error by its class.
  keepNames: true,
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning',
} as const satisfies BuildOptions

await build({
  ...shared,
  entryPoints: {
    operator: join(root, 'src/bin/operator.ts'),
    // The Jobs' program loads nothing of the operator's.
    agent: join(root, 'src/bin/agent.ts'),
    ...onDemand,
  },
  outdir: dist,
  outExtension: { '.js': '.cjs' },
  target: 'node24',
  plugins: [filesOfTheirOwn(), agentOfUndici()],
})
await build({
  ...shared,
  entryPoints: [join(root, 'src/bin/kubectl-etcd.ts')],
  outfile: join(dist, plugin),
  // A person's machine may have an older Node than the image.
  target: 'node20',
  banner: { js: `#!/usr/bin/env node\n${newerThanNode20}` },
  // In one file, kubeconfigs included: whoever downloads the plugin downloads this.
  plugins: [agentOfUndici()],
})
chmodSync(join(dist, plugin), 0o755)
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(pluginPackage(), undefined, 2)}\n`)
// What is loaded later fails now, or in an operator that runs.
for (const name of Object.keys(onDemand)) createRequire(import.meta.url)(join(dist, `${name}.cjs`))
for (const file of ['operator.cjs', 'agent.cjs', plugin])
  console.log(`dist/${file}: ${(statSync(join(dist, file)).size / 1e6).toFixed(1)} MB`)

/** dist/ as a package of npm that holds the plugin alone. Without its own "type", Node would take the file without an ending for a module. */
function pluginPackage(): object {
  const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return {
    name: plugin,
    version,
    description: 'kubectl plugin for the etcd operator: kubectl etcd status',
    license,
    type: 'commonjs',
    // By the second name kubectl asks for completions.
    bin: { [plugin]: plugin, 'kubectl_complete-etcd': plugin },
    files: [plugin],
    engines: { node: '>=20' },
  }
}

function filesOfTheirOwn(): Plugin {
  return {
    name: 'files-of-their-own',
    setup({ onResolve }) {
      onResolve({ filter: /^@kubernetes/ }, ({ kind, path }) => {
        const file = kind === 'dynamic-import' ? Object.keys(onDemand).find((name) => onDemand[name] === path) : undefined
        return file === undefined ? undefined : { path: `./${file}.cjs`, external: true }
      })
    },
  }
}

/**
 * Of undici the operator uses `Agent` alone. Its index loads all that undici can do, and takes 3 MB more; this is what the index does
 * for `Agent`.
 */
function agentOfUndici(): Plugin {
  const source = `
    Object.assign(require('undici/lib/dispatcher/dispatcher').prototype, require('undici/lib/api'))
    module.exports = { Agent: require('undici/lib/dispatcher/agent') }
  `
  return {
    name: 'agent-of-undici',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'agent-of-undici' }))
      onLoad({ filter: /./, namespace: 'agent-of-undici' }, () => ({ contents: source, resolveDir: root, loader: 'js' }))
    },
  }
}
