import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { expect } from 'vitest'
import { scenario } from './harness.ts'

const root = join(import.meta.dirname, '..', '..')
const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: root })]

const examples = globSync('examples/*.yaml', { cwd: root })

scenario('every example is taken by the API server', { seconds: 60 }, async ({ kubectl }) => {
  expect(examples.length).toBeGreaterThan(8)
  for (const path of examples) {
    const answer = await kubectl(['apply', '--dry-run=server', '--validate=strict', '--filename', join(root, path)]).catch(String)
    expect.soft(answer, path).toMatch(/ created \(server dry run\)/)
  }
})

scenario('every manifest in the documents is taken by the API server', { seconds: 90 }, async ({ kubectl }) => {
  const manifests = pages.flatMap(manifestsOf)
  expect(manifests.length).toBeGreaterThan(8)
  for (const { page, text } of manifests) {
    const answer = await kubectl(['apply', '--dry-run=server', '--validate=strict', '--filename', '-'], text).catch(String)
    expect.soft(answer, `${page}:\n${text}`).toMatch(/ created \(server dry run\)/)
  }
})

/** Blocks that name a kind; others are parts of a manifest, or no Kubernetes objects. */
function manifestsOf(page: string): readonly { readonly page: string; readonly text: string }[] {
  return [...readFileSync(join(root, page), 'utf8').matchAll(/^( *)```yaml\n(.*?)^ *```$/gms)]
    .map(([, indent = '', block = '']) => ({ page, text: block.replaceAll(new RegExp(`^${indent}`, 'gm'), '') }))
    .filter(({ text }) => loadAll(text).every(hasKind))
}

function hasKind(object: unknown): boolean {
  return typeof object === 'object' && object !== null && 'kind' in object
}
