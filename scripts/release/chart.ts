import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packFolder } from './pack.ts'

/**
 * Packs deploy/chart as `helm package` does, but so that the same chart gives the same bytes; its default image is that of the release.
 *
 * @throws Error for a chart of another version, or one whose values have no place for the image
 */
export async function packChart(root: string, folder: string, image: { name: string; digest: string }, version: string): Promise<void> {
  await packFolder(join(root, 'deploy', 'chart'), 'etcd-operator', join(folder, `etcd-operator-${version}`), image, (chart) => {
    const about = readFileSync(join(chart, 'Chart.yaml'), 'utf8')
    for (const key of ['version', 'appVersion'])
      if (!new RegExp(`^${key}: ["']?${version.replaceAll('.', '\\.')}["']?$`, 'm').test(about))
        throw new Error(`deploy/chart/Chart.yaml has another ${key} than package.json, ${version}: run npm run generate`)
    const values = join(chart, 'values.yaml')
    writeFileSync(values, withImage(readFileSync(values, 'utf8'), { ...image, tag: version }))
    const readme = join(chart, 'README.md')
    writeFileSync(readme, withDefaults(readFileSync(readme, 'utf8'), { repository: image.name, tag: version, digest: image.digest }))
  })
}

/** Sets repository, tag and digest of `image`, and leaves all else as it is written, comments included. */
export function withImage(values: string, { name, tag, digest }: { name: string; tag: string; digest: string }): string {
  const [, before, block, after] = /^([\s\S]*?^image:\n)((?:[ \t]+.*\n|[ \t]*\n)+)([\s\S]*)$/m.exec(values) ?? []
  if (before === undefined || block === undefined || after === undefined) throw new Error('values.yaml of the chart has no image')
  const set = (text: string, key: string, value: string) => {
    const line = new RegExp(`^([ \t]+${key}:).*$`, 'm')
    if (!line.test(text)) throw new Error(`values.yaml of the chart has no image.${key}`)
    return text.replace(line, `$1 ${value}`)
  }
  return before + set(set(set(block, 'repository', name), 'tag', tag), 'digest', digest) + after
}

/** Sets the defaults of the image in the table of the values. */
function withDefaults(readme: string, defaults: Readonly<Record<string, string>>): string {
  return readme.replaceAll(/^(\| `image\.(\w+)` \| )`[^`]*`/gm, (row, before: string, key: string) =>
    defaults[key] === undefined ? row : `${before}\`"${defaults[key]}"\``,
  )
}
