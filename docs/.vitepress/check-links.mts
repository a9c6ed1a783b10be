import { globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/**
 * Every link of every built page, those with an anchor as well, which VitePress itself does not look at.
 * @throws with the links that lead nowhere
 */
export function checkLinks(site: string): void {
  const files = new Set(globSync('**/*', { cwd: site }).filter((file) => statSync(join(site, file)).isFile()))
  const anchors = new Map([...files].filter(isPage).map((page) => [page, new Set(idsOf(join(site, page)))]))
  const dead = [...anchors.keys()].flatMap((page) =>
    linksOf(join(site, page))
      .filter((link) => !leads(page, link))
      .map((link) => `${page}: ${link}`),
  )
  if (anchors.size < 20) throw new Error(`only ${anchors.size} pages were built`)
  if (dead.length > 0) throw new Error(`links that lead nowhere:\n${dead.join('\n')}`)

  function leads(page: string, link: string): boolean {
    const [path = '', anchor = ''] = decodeURI(link).split('#')
    const from = path === '' ? page : path.startsWith('/') ? path.slice(1) : join(dirname(page), path)
    const target = [from, `${from}.html`, join(from, 'index.html')].map(normalize).find((file) => files.has(file))
    if (target === undefined) return false
    return anchor === '' || !isPage(target) || anchors.get(target)?.has(anchor) === true
  }
}

function isPage(file: string): boolean {
  return file.endsWith('.html') && file !== '404.html'
}

function idsOf(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id)
}

function linksOf(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(/<a [^>]*?href="([^"]+)"/g)]
    .map(([, link = '']) => link.replaceAll('&amp;', '&'))
    .filter((link) => !/^(https?|mailto):/.test(link))
}
