import { globSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * `/operations/alerts#...` leads to `/docs/operations/alerts.html#...`, and so each page of the documents: alerts and messages name the
 * short form, which stays whatever the site is built with.
 */
export function writeShortAddresses(site: string): void {
  for (const page of globSync('docs/**/*.html', { cwd: site })) {
    if (page.endsWith('index.html')) continue
    const file = join(site, page.replace(/^docs\//, '').replace(/\.html$/, ''), 'index.html')
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, forwardTo(`/${page}`))
  }
}

function forwardTo(address: string): string {
  return `<!doctype html>
<meta charset="utf-8">
<title>${address}</title>
<link rel="canonical" href="${address}">
<script>location.replace('${address}' + location.hash)</script>
<noscript><meta http-equiv="refresh" content="0; url=${address}"></noscript>
<a href="${address}">${address}</a>
`
}
