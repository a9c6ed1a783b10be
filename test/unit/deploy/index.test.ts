import { globSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { version } from '../../../src/version.ts'
import { etcdVersions, kubernetesVersion, localPathVersion, prometheusAtLeast } from '../../cluster/versions.ts'
import { pages, root, text } from './files.ts'

const documents = pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md')

test('every page of the documents stands in their index, with what it is for', () => {
  expect(documents.length).toBeGreaterThan(40)
  const rows = [...text('docs/README.md').matchAll(/^- \[[^\]]+\]\(([^)#]+)\): \S.*$/gm)]
  const listed = new Set(rows.map(([, target = '']) => normalize(join('docs', target))))
  expect(documents.filter((page) => !listed.has(page) && !isDecision(page))).toEqual([])
})

test('every decision stands in the list of decisions', () => {
  const listed = linksOf('docs/adr/README.md')
  expect(documents.filter((page) => isDecision(page) && !listed.includes(page))).toEqual([])
})

test('every page but the decisions is two clicks away from the README at most', () => {
  const near = new Set(linksOf('README.md').flatMap((page) => [page, ...(pages.includes(page) ? linksOf(page) : [])]))
  expect(pages.filter((page) => page !== 'README.md' && !isDecision(page) && !near.has(page))).toEqual([])
})

test('every example says in its first line what it does', () => {
  const examples = globSync('examples/*.yaml', { cwd: root })
  expect(examples.length).toBeGreaterThan(15)
  expect(examples.filter((path) => !/^# [A-Z][^\n]{30,}\.?\n/.test(text(path)))).toEqual([])
})

test('the cluster that the README shows is the smallest example', () => {
  const manifest = text('examples/cluster.yaml').replace(/^#.*\n/, '')
  expect(text('README.md')).toContain(`\`\`\`yaml\n${manifest}\`\`\`\n`)
})

test('the support matrix names the versions that the tests run with', () => {
  const [, helm = ''] = /helm\.sh\/helm\/v4 v([\d.]+)/.exec(text('test/cluster/local/go/helm/go.mod')) ?? []
  const page = text('docs/support-matrix.md')
  for (const used of [version, kubernetesVersion, localPathVersion, prometheusAtLeast, helm, ...etcdVersions])
    expect(page).toMatch(new RegExp(`(?<![\\d.])${used.replaceAll('.', '\\.')}(?![\\d.])`))
})

function isDecision(page: string): boolean {
  return /^docs\/adr\/\d/.test(page)
}

/** Pages that a page links to, without anchors. */
function linksOf(page: string): readonly string[] {
  return [...text(page).matchAll(/\]\(([^)#]+\.md)(?:#[^)]*)?\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^https?:/.test(target))
    .map((target) => normalize(join(dirname(page), target)))
}
