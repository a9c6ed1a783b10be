import { globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitepress'
import { anchorOf } from './anchors.mts'
import { checkLinks } from './check-links.mts'
import { copyLinkedFiles } from './linked-files.mts'
import { navigation } from './navigation.mts'
import { repositoryLinks } from './repository-links.mts'
import { writeShortAddresses } from './short-addresses.mts'

/**
 * The site: the documents as they are, with the addresses that they have in the repository, so that every relative link means the same
 * there and here. Its navigation is docs/README.md, the list of pages by need.
 */
const root = resolve(import.meta.dirname, '..', '..')
const pages = ['*.md', 'docs/**/*.md', 'examples/*.md', 'deploy/**/*.md', 'test/cluster/README.md']

/** The pages lie above the folder that has the packages, so what they are compiled to would not find Vue. */
const vueOfThisFolder: Plugin = {
  name: 'vue-of-this-folder',
  enforce: 'pre',
  async resolveId(id, _importer, { ssr }) {
    if (!/^vue(\/|$)/.test(id)) return undefined
    return ssr === true ? { id, external: true } : this.resolve(id, import.meta.filename, { skipSelf: true })
  },
}

export default defineConfig({
  title: 'etcd-operator',
  description: 'Runs etcd clusters on Kubernetes',
  srcDir: '..',
  srcExclude: ['**/node_modules/**', ...globSync('**/*.md', { cwd: root, exclude: ['**/node_modules', ...pages] })],
  rewrites: (page) => page.replace(/(^|\/)README\.md$/, '$1index.md'),
  outDir: join(root, 'docs', '.vitepress', 'dist'),
  cacheDir: join(root, 'docs', '.vitepress', 'cache'),
  markdown: { anchor: { slugify: anchorOf }, config: repositoryLinks },
  themeConfig: {
    nav: [
      { text: 'Documents', link: '/docs/' },
      { text: 'Reference', link: '/docs/reference' },
      { text: 'Examples', link: '/examples/' },
    ],
    sidebar: navigation(join(root, 'docs', 'README.md')),
    outline: [2, 3],
    search: { provider: 'local' },
  },
  vite: { plugins: [vueOfThisFolder] },
  buildEnd({ outDir }) {
    copyLinkedFiles(root, outDir)
    writeShortAddresses(outDir)
    checkLinks(outDir)
  },
})
