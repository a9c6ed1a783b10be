import { globSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { expect } from 'vitest'
import { run } from '../cluster/command.ts'
import { aWish, etcdVersion } from './cluster-handle.ts'
import { forwarded } from './forwarded.ts'
import { scenario } from './harness.ts'
import { blocksOf, kubectlOf, root } from './pages.ts'

const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: root, exclude: ['**/node_modules/**'] })]

const examples = globSync('examples/*.yaml', { cwd: root })

scenario('every example is taken by the API server', { seconds: 60 }, async ({ kubectl }) => {
  expect(examples.length).toBeGreaterThan(8)
  const answers = new Map<string, string>()
  for (const path of examples)
    answers.set(path, await kubectl(['apply', '--dry-run=server', '--validate=strict', '--filename', join(root, path)]).catch(String))
  expect([...answers].filter(([, answer]) => !isTaken(answer))).toEqual([])
})

scenario('every manifest in the documents is taken by the API server', { seconds: 90 }, async ({ kubectl }) => {
  const manifests = pages.flatMap(manifestsOf)
  expect(manifests.length).toBeGreaterThan(8)
  const refused: unknown[] = []
  for (const manifest of manifests) {
    const answer = await kubectl(['apply', '--dry-run=server', '--validate=strict', '--filename', '-'], manifest.text).catch(String)
    if (!isTaken(answer)) refused.push({ ...manifest, answer })
  }
  expect(refused).toEqual([])
})

scenario(
  'what README and status ask of an EtcdCluster is answered, and every kind says why with -o wide',
  { seconds: 120 },
  async (stage) => {
    const { kubectl, namespace } = stage
    await stage.cluster().create(aWish({ size: 1 }))
    await stage.cluster().untilReady()
    const asked = pages.flatMap((page) => [
      ...readFileSync(join(root, page), 'utf8').matchAll(/^(?:\$ )?kubectl (get ec demo -o (?:jsonpath|go-template)=)'(.*)'$/gm),
    ])
    expect(asked.length).toBeGreaterThan(3)
    const answers = await Promise.all(
      asked.map(([, words = '', template = '']) => kubectl([...words.trim().split(' '), template].reduce<string[]>(joined, []))),
    )
    const { endpoint } = (await stage.cluster().get()).status ?? {}
    expect(endpoint).toMatch(new RegExp(`^https?://demo\\.${namespace}\\.svc:2379$`))
    expect(answers).toEqual(expect.arrayContaining([`${endpoint}\n`, 'demo-0 Voter ready=true \n']))
    expect(answers.join('')).not.toContain('<no value>')
    expect(await kubectl(['get', 'ec', '-o', 'wide'])).toMatch(/ REASON +MESSAGE\s+demo .* AllMembersServe +all members serve/)
  },
)

scenario('every command of "when something breaks" that only looks works as it stands there', { seconds: 150 }, async (stage) => {
  await stage.cluster().create(aWish({ size: 3 }))
  await stage.cluster().untilReady()
  const lines = blocksOf('docs/operations/when-something-breaks.md', 'sh').flatMap((block) => block.replaceAll(/\\\n\s*/g, ' ').split('\n'))
  const looks = lines.map((line) => line.trim()).filter(isLook)
  expect(looks.length).toBeGreaterThan(15)
  const failed: unknown[] = []
  for (const line of new Set(looks)) {
    const answer = await run('sh', ['-c', `${kubectlOf(stage)}\n${line}`]).catch(String)
    // etcd's own log may well tell of something that failed.
    const isWrong = line.startsWith('kubectl logs') ? answer.startsWith('Error') : /Error|failed:|<no value>/.test(answer)
    if (isWrong) failed.push({ line, answer })
  }
  expect(failed).toEqual([])
})

scenario('what is said about connecting works as it stands there, in a member and from outside', { seconds: 90 }, async (stage) => {
  const { cluster, k8s, namespace } = stage
  const blocks = blocksOf('docs/from-your-machine.md', 'sh')
  const inside = blocks.find((block) => block.startsWith('kubectl exec demo-0 -- etcdctl put')) ?? ''
  const [files = '', look = ''] = blocks.flatMap((block) => {
    const parts = block.split('kubectl port-forward service/demo 2379:2379 &\n')
    return parts.length === 2 ? [parts] : []
  })[0] ?? ['']
  expect([inside, files, look].every((part) => part.length > 40)).toBe(true)
  await cluster().create(aWish({ size: 1 }))
  await cluster().untilReady()

  const folder = mkdtempSync(join(tmpdir(), 'connect-'))
  const etcdctl = `etcdctl() { '${join(k8s.info.bin, `etcd-${etcdVersion}`, 'etcdctl')}' "$@"; }`
  const shell = (words: string) => run('sh', ['-euc', `cd ${folder}\n${kubectlOf(stage)}\n${etcdctl}\n${words}`])
  expect(await shell(inside)).toBe('OK\nhello\nworld\n')
  await shell(files)
  expect(readdirSync(folder).toSorted()).toEqual(['ca.crt', 'tls.crt', 'tls.key'])
  const said = await forwarded(k8s, namespace, 'service/demo', (port) => shell(look.replaceAll(':2379', `:${port}`)))
  expect(said).toBe('hello\nworld\n')
})

function isTaken(answer: string): boolean {
  return answer.includes(' created (server dry run)')
}

/** A command that changes nothing, without a placeholder, and writes nothing into a file. */
function isLook(line: string): boolean {
  if (/ > \S+$/.test(line)) return false
  return /^kubectl (-n \S+ )?(get|describe|events|logs) /.test(line) || /^kubectl exec demo-\d -- etcdctl (endpoint|member list)/.test(line)
}

/** `-o` and its format are one argument with the template. */
function joined(args: string[], word: string): string[] {
  const last = args.at(-1)
  return last?.endsWith('=') ? [...args.slice(0, -1), last + word] : [...args, word]
}

/** Blocks that name a kind; others are parts of a manifest, or no Kubernetes objects. */
function manifestsOf(page: string): readonly { readonly page: string; readonly text: string }[] {
  return blocksOf(page, 'yaml')
    .map((text) => ({ page, text }))
    .filter(({ text }) => loadAll(text).every(hasKind))
}

function hasKind(object: unknown): boolean {
  return typeof object === 'object' && object !== null && 'kind' in object
}
