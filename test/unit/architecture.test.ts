import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

/** Which folders of ours, and which packages, the files of a folder may import. The pure core imports only towards the right. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  plan: ['plan', 'objects', 'model', 'api'],
  objects: ['objects', 'model', 'api', 'js-yaml'],
  model: ['model', 'api', 'node:crypto', 'node:zlib'],
  api: ['api'],
  report: ['report', 'plan', 'objects', 'model', 'api', 'prom-client'],
  observe: ['observe', 'adapters', 'runtime', 'objects', 'model', 'api'],
  act: ['act', 'observe', 'adapters', 'runtime', 'plan', 'objects', 'model', 'api'],
  agent: ['agent', 'adapters/etcd', 'adapters/etcd.ts', 'adapters/failure.ts', 'model', 'api', 'node:*'],
  plugin: [
    'plugin',
    'adapters',
    'objects',
    'model',
    'api',
    'version.ts',
    'node:readline/promises',
    'node:timers/promises',
    'node:util',
    'node:zlib',
  ],
  adapters: ['adapters', 'model', 'api', 'node:*', '@grpc/*', '@kubernetes/*', 'undici'],
  runtime: ['runtime', 'node:*', 'pino'],
}
/** Packages that one file alone wraps. */
const wrappedBy: Readonly<Record<string, string>> = {
  'js-yaml': 'objects/yaml.ts',
  'prom-client': 'report/metrics/registry.ts',
  croner: 'model/schedule/cron.ts',
  '@peculiar/asn1-schema': 'adapters/x509/encode.ts',
  '@peculiar/asn1-x509': 'adapters/x509/encode.ts',
}

const root = new URL('../../src/', import.meta.url).pathname
const texts = new Map(globSync('**/*.ts', { cwd: root }).map((file) => [file, readFileSync(join(root, file), 'utf8')]))
const all = [...texts.keys()].filter((file) => !file.endsWith('.generated.ts')).toSorted()
const pure = all.filter((file) => /^(api|model|objects|plan|report)\//.test(file) && file !== 'report/metrics/registry.ts')

test('every folder imports only what it may', () => {
  const wrong = all.flatMap((file) =>
    importsOf(file)
      .filter((name) => !isAllowed(file, name))
      .map((name) => `${file} imports ${name}`),
  )
  expect(wrong).toEqual([])
})

test('no file imports itself by way of others, not even for its types', () => {
  expect(all.flatMap((file) => circleThrough(file) ?? [])).toEqual([])
})

test('the pure core neither waits nor asks for the time, for chance, for the process or for a logger', () => {
  const impure = /\b(async|await|Promise|process|console)\b|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bset(Timeout|Interval)\b/
  expect(found(pure, impure)).toEqual([])
  // These write, or look from, a time that they are given.
  const toldTheTime = ['model/rfc3339.ts', 'model/schedule/cron.ts']
  expect(
    found(
      pure.filter((file) => !toldTheTime.includes(file)),
      /\bnew Date\b/,
    ),
  ).toEqual([])
})

test('the command line and the environment are read in one place', () => {
  expect(
    found(
      all.filter((file) => !/^(bin\/|config\.ts)/.test(file)),
      /\bprocess\.(argv|env)\b/,
    ),
  ).toEqual([])
})

test('types are bent only where foreign data comes in', () => {
  const trusted = (file: string) => file.startsWith('adapters/') || file === 'observe/watches/caches.ts'
  const bent = /^(?!import|export \{).*(\bas (?!const\b)[\w{[(].*|[:<|] ?any\b.*|[\w\])]!(?!=).*)/m
  expect(
    found(
      all.filter((file) => !trusted(file)),
      bent,
    ),
  ).toEqual([])
})

test('every file has a name and exports of its own', () => {
  expect(all.filter((file) => /(utils?|helpers?|index)\.ts$/.test(file))).toEqual([])
  expect(found(all, /^export (default\b|\*).*/m)).toEqual([])
})

function isAllowed(file: string, name: string): boolean {
  const folder = file.split('/')[0] ?? ''
  if (wrappedBy[name] !== undefined) return wrappedBy[name] === file
  if (folder === file || folder === 'bin' || folder === 'controllers') return !/^(@|undici)/.test(name)
  const start = (one: string) => one.replace('*', '')
  return (mayImport[folder] ?? []).some((one) => name === one || name.startsWith(one.endsWith('*') ? start(one) : `${one}/`))
}

/** The shortest way from a file back to itself, in words; told of the first file of the circle alone. */
function circleThrough(file: string): string | undefined {
  const cameFrom = new Map<string, string>()
  const next = [file]
  for (let current = next.shift(); current !== undefined; current = next.shift()) {
    for (const name of importsOf(current)) {
      if (name === file) {
        const way = [current]
        for (let before = cameFrom.get(current); before !== undefined; before = cameFrom.get(before)) way.unshift(before)
        return way.every((one) => file <= one) ? [...way, file].join(' -> ') : undefined
      }
      if (!texts.has(name) || cameFrom.has(name)) continue
      cameFrom.set(name, current)
      next.push(name)
    }
  }
  return undefined
}

/** Folders of ours (`model/cluster/quorum.ts`) and packages, as the file imports them. */
function importsOf(file: string): readonly string[] {
  const names = [...(texts.get(file) ?? '').matchAll(/^(?:import|export|\}) .*?from '(.+)'$|^import '(.+)'$/gm)].map(
    (match) => match[1] ?? match[2] ?? '',
  )
  return names.map((name) => (name.startsWith('.') ? join(dirname(file), name) : name))
}

function found(files: readonly string[], pattern: RegExp): readonly string[] {
  return files.flatMap((file) => (pattern.exec(code(file)) ? [`${file}: ${pattern.exec(code(file))?.[0].trim()}`] : []))
}

/** Without comments and without what stands between quotes. */
function code(file: string): string {
  const quoted = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g
  return (texts.get(file) ?? '').replace(quoted, (text) =>
    text.startsWith('`') ? [...text.matchAll(/\$\{([^`}]*)/g)].map((match) => match[1]).join(' ') : "''",
  )
}
