import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

interface Group {
  readonly text: string
  readonly items: readonly { readonly text: string; readonly link: string }[]
}

/** The sidebar: a group for each section of the index, an entry for each link in its list. */
export function navigation(index: string): Group[] {
  const [, ...sections] = readFileSync(index, 'utf8').split(/^## /m)
  return sections.map((section) => ({
    text: section.split('\n')[0] ?? '',
    items: [...section.matchAll(/^- \[([^\]]+)\]\(([^)]+)\)/gm)].map(([, text = '', target = '']) => ({ text, link: linkTo(index, target) })),
  }))
}

function linkTo(index: string, target: string): string {
  const root = dirname(dirname(index))
  return `/${relative(root, join(dirname(index), target)).replace(/(^|\/)README\.md/, '$1').replace(/\.md/, '')}`
}
