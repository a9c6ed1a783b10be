import type { MarkdownRenderer } from 'vitepress'

/**
 * Links between files of the repository, made into links between pages: a README is the index of its folder, and what is no page (a
 * manifest, the licence) is a file to be opened as it is.
 */
export function repositoryLinks(md: MarkdownRenderer): void {
  md.core.ruler.push('repository-links', ({ tokens }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null
      if (href === null || /^([a-z]+:|#)/.test(href)) continue
      token.attrSet('href', href.replace(/(^|\/)README\.md(?=$|#)/, '$1index.md'))
      if (!/\.md($|#)/.test(href)) token.attrSet('target', '_self')
    }
  })
}
