import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Files of the repository that a page links to and that are no pages themselves (manifests, the licence) lie on the site where they lie there. */
export function copyLinkedFiles(root: string, site: string): void {
  for (const page of globSync('**/*.html', { cwd: site })) {
    const links = [...readFileSync(join(site, page), 'utf8').matchAll(/href="([^":#]+)"/g)].map(([, link = '']) => link)
    for (const path of links.map((link) => (link.startsWith('/') ? link : join(dirname(page), link)))) {
      const [from, to] = [join(root, path), join(site, path)]
      if (existsSync(to) || !existsSync(from) || !statSync(from).isFile()) continue
      mkdirSync(dirname(to), { recursive: true })
      copyFileSync(from, to)
    }
  }
}
